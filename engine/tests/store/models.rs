//! Versions of the model: one serves at most, whoever presses and whatever races.

use engine::store::{ModelRow, NewModel, Store, StoreError};
use engine_core::model::{ModelCard, ModelStatus};
use engine_core::notice::DecidedBy;
use engine_core::scoring::{Duel, DuelVerdict};

use crate::harness::{Fixture, Kind, on_both};
use crate::samples::{at, message, person};

on_both!(
    a_version_is_kept_with_all_that_is_known_of_it,
    one_version_serves_at_most,
    a_word_is_taken_once,
    of_many_presses_at_once_one_counts,
);

fn new(version: &str, status: ModelStatus) -> NewModel {
    NewModel {
        version: version.to_owned(),
        path: format!("store/{version}").into(),
        sha256: "0badcafe".to_owned(),
        status,
        trained_at: Some(at(1)),
        known_to: Some(at(0)),
        replaces: None,
        rival: None,
        duel: None,
        reason: None,
    }
}

async fn add(store: &Store, new: &NewModel) -> ModelCard {
    store.add_model(new, at(2), |_| Vec::new()).await.unwrap()
}

async fn champion(store: &Store) -> Option<String> {
    store.champion().await.unwrap().map(|row| row.version)
}

async fn a_version_is_kept_with_all_that_is_known_of_it(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    let duel = Duel {
        n: 10,
        events: 5,
        brier_champion: 0.21,
        brier_challenger: 0.2,
        brier_market: 0.205,
        difference: 0.01,
        difference_ci95: Some([-0.01, 0.03]),
        verdict: DuelVerdict::TooFewEvents,
    };
    let given = NewModel {
        rival: Some("old \u{0}one".to_owned()),
        duel: Some(duel),
        ..new("näh; DROP TABLE models", ModelStatus::Candidate)
    };
    let card = store.add_model(&given, at(2), |card| vec![message(&card.version)]).await.unwrap();
    assert_eq!((card.status, card.duel, card.rival.as_deref()), (ModelStatus::Candidate, Some(duel), Some("old one")));
    assert_eq!((card.added_at, card.trained_at, card.decided_by.clone()), (at(2), Some(at(1)), None));
    assert_eq!(store.outbox_stats().await.unwrap().pending, 1);
    let row: ModelRow = store.model_named(&given.version).await.unwrap().unwrap();
    assert_eq!((row.id, &row.path, row.known_to), (card.id, &given.path, Some(at(0))));
    assert_eq!(store.model(card.id).await.unwrap(), Some(row));
    assert_eq!(store.model_card(card.id).await.unwrap(), Some(card));

    // The name is taken; nothing is added and nothing told. Refused ones do not take a name.
    let again = store.add_model(&given, at(3), |card| vec![message(&card.version)]).await;
    assert!(matches!(again, Err(StoreError::Invalid(_))), "{again:?}");
    let unfit = NewModel { status: ModelStatus::Refused, reason: Some("no".to_owned()), ..given };
    assert_eq!(
        (add(store, &unfit).await.reason.as_deref(), add(store, &unfit).await.status.as_str()),
        (Some("no"), "refused")
    );
    assert_eq!((store.models(9).await.unwrap().len(), store.models(2).await.unwrap().len()), (3, 2));
    assert_eq!(store.outbox_stats().await.unwrap().pending, 1);
}

async fn one_version_serves_at_most(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    let serves = |version, from: Option<&str>| NewModel {
        replaces: from.map(str::to_owned),
        ..new(version, ModelStatus::Champion)
    };
    assert_eq!(champion(store).await, None);
    let a = add(store, &serves("a", None)).await;
    assert_eq!((a.status, a.serving.as_deref(), a.previous), (ModelStatus::Champion, Some("a"), None));
    // It would take over from one that does not serve, or from none although one does.
    for from in [Some("z"), None] {
        let late = add(store, &serves(if from.is_some() { "late" } else { "later" }, from)).await;
        assert_eq!((late.status, late.decided_by), (ModelStatus::Candidate, None), "{from:?}");
    }
    let b = add(store, &serves("b", Some("a"))).await;
    assert_eq!(
        (b.status, b.previous.as_deref(), b.decided_by),
        (ModelStatus::Champion, Some("a"), Some(DecidedBy::Auto))
    );
    assert_eq!(champion(store).await.as_deref(), Some("b"));

    let promote = async |id, from, minutes| store.promote_model(id, from, &person(), at(minutes)).await.unwrap();
    assert!(!promote(a.id, Some("a"), 5).await, "a does not serve");
    assert!(!promote(b.id, Some("b"), 5).await, "it serves already");
    assert!(!promote(999, Some("b"), 5).await, "there is no such model");
    let unfit = add(store, &new("unfit", ModelStatus::Refused)).await;
    assert!(!promote(unfit.id, Some("b"), 5).await, "it was refused");
    assert_eq!(champion(store).await.as_deref(), Some("b"), "what was not done changed nothing");
    assert!(promote(a.id, Some("b"), 6).await);
    let row = store.champion().await.unwrap().unwrap();
    assert_eq!((row.version.as_str(), row.decided_by, row.promoted_at), ("a", Some(person()), Some(at(6))));
    assert_eq!(store.previous_champion().await.unwrap().unwrap().version, "b");
}

async fn a_word_is_taken_once(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    let candidate = add(store, &new("candidate", ModelStatus::Candidate)).await;
    let serves = add(store, &new("serves", ModelStatus::Champion)).await;
    let refused = add(store, &new("refused", ModelStatus::Refused)).await;
    let keep = async |id| store.confirm_model(id, &person(), at(5)).await.unwrap();
    assert_eq!((keep(candidate.id).await, keep(candidate.id).await), (true, false));
    assert_eq!((keep(serves.id).await, keep(serves.id).await), (true, false));
    assert_eq!((keep(refused.id).await, keep(999).await), (false, false));
    let status = async |id| store.model(id).await.unwrap().unwrap().status;
    assert_eq!((status(candidate.id).await, status(serves.id).await), (ModelStatus::Retired, ModelStatus::Champion));
    assert!(store.promote_model(candidate.id, Some("serves"), &person(), at(6)).await.unwrap());
}

async fn of_many_presses_at_once_one_counts(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    add(store, &new("first", ModelStatus::Champion)).await;
    let mut rivals = Vec::new();
    for n in 0..8 {
        rivals.push(add(store, &new(&format!("rival{n}"), ModelStatus::Candidate)).await.id);
    }
    let presses = rivals.into_iter().map(|id| {
        let store = store.clone();
        tokio::spawn(async move { store.promote_model(id, Some("first"), &person(), at(5)).await.unwrap() })
    });
    let mut done = 0;
    for press in presses.collect::<Vec<_>>() {
        done += u32::from(press.await.unwrap());
    }
    assert_eq!(done, 1);
    assert!(champion(store).await.unwrap().starts_with("rival"));
}
