//! Thresholds changed in the chat, and the candidates they are tried on.

use engine::store::{BetSums, ChangeKind, ProfileSave, Resolution, Retention, SaveResult, TrialBet, Tried};
use engine_core::book::{Level, OrderBook};
use engine_core::engines::Engines;
use engine_core::market::Side;
use engine_core::notice::{DecidedBy, ScanSummary};
use engine_core::paper::accounting;
use engine_core::pipeline::GateSettings;
use engine_core::strategy::{BookId, StrategyProfile};
use engine_core::tuning::{LoggedCandidate, LoggedScan, Threshold, Thresholds};

use crate::harness::{Fixture, Kind, on_both};
use crate::samples::{at, book, decision, fill, fund, no_candidates, person, price, usd};

on_both!(
    thresholds_are_saved_once_with_who_did,
    of_two_who_save_at_once_one_is_told,
    defaults_are_kept_by_keeping_nothing,
    candidates_come_back_as_they_went_and_are_forgotten_in_time,
    a_trial_is_kept_apart_from_money_and_settles,
    a_trial_is_promoted_or_dropped_once,
);

fn defaults() -> Thresholds {
    Thresholds::of(&StrategyProfile::built_in("balanced").unwrap())
}

fn lower_edge() -> Thresholds {
    defaults().with(Threshold::MinEdge, 500).unwrap().with(Threshold::MinBet, 1_000).unwrap()
}

/// Lowers the edge of a strategy that stands at its defaults.
fn lowering<'a>(book: &'a BookId, by: &'a DecidedBy) -> ProfileSave<'a> {
    ProfileSave { book, defaults: defaults(), from: defaults(), to: lower_edge(), kind: ChangeKind::Save, by }
}

async fn thresholds_are_saved_once_with_who_did(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    fund(store).await;
    let (balanced, by) = (book("balanced"), person());
    let save = lowering(&balanced, &by);
    let SaveResult::Saved(changes) = store.save_thresholds(&save, at(0)).await.unwrap() else { panic!() };
    assert_eq!(changes, defaults().changes(&lower_edge()));
    assert_eq!(store.save_thresholds(&save, at(1)).await.unwrap(), SaveResult::Already);
    assert_eq!(store.saved_thresholds().await.unwrap()[&balanced], lower_edge());
    let logged = store.profile_changes(&balanced, 9).await.unwrap();
    let rows: Vec<_> = logged.iter().rev().map(|row| (row.field.as_str(), row.before, row.after, row.at)).collect();
    assert_eq!(rows, [("min_edge", 600, 500, at(0)), ("min_bet", 500, 1_000, at(0))]);
    assert!(logged.iter().all(|row| row.by == by && row.kind == ChangeKind::Save && row.book == balanced));
    let ghost = book("ghost");
    let nobody = store.save_thresholds(&ProfileSave { book: &ghost, ..save }, at(1)).await.unwrap();
    assert_eq!(nobody, SaveResult::Unknown);
}

async fn of_two_who_save_at_once_one_is_told(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    fund(store).await;
    let tasks: Vec<_> = [700, 800]
        .map(|edge| {
            let store = store.clone();
            tokio::spawn(async move {
                let (balanced, by) = (book("balanced"), person());
                let to = defaults().with(Threshold::MinEdge, edge).unwrap();
                let (defaults, kind) = (defaults(), ChangeKind::Save);
                let save = ProfileSave { book: &balanced, defaults, from: defaults, to, kind, by: &by };
                store.save_thresholds(&save, at(0)).await.unwrap()
            })
        })
        .into_iter()
        .collect();
    let (mut saved, mut told) = (0, 0);
    for task in tasks {
        match task.await.unwrap() {
            SaveResult::Saved(_) => saved += 1,
            SaveResult::Moved(_) => told += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((saved, told), (1, 1));
    assert_eq!(store.profile_changes(&book("balanced"), 9).await.unwrap().len(), 1);
}

async fn defaults_are_kept_by_keeping_nothing(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    fund(store).await;
    let (balanced, by) = (book("balanced"), person());
    let save = lowering(&balanced, &by);
    store.save_thresholds(&save, at(0)).await.unwrap();
    let back = ProfileSave { from: lower_edge(), to: defaults(), kind: ChangeKind::Reset, ..save };
    assert!(matches!(store.save_thresholds(&back, at(1)).await.unwrap(), SaveResult::Saved(_)));
    assert!(store.saved_thresholds().await.unwrap().is_empty());
    assert_eq!(store.profile_changes(&balanced, 1).await.unwrap()[0].kind, ChangeKind::Reset);
}

async fn candidates_come_back_as_they_went_and_are_forgotten_in_time(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    let candidate = |n: u32| {
        let decision = decision(n, n);
        let level = |text: &str| Level { price: price(text), shares: "50".parse().unwrap() };
        let token = decision.candidate.as_ref().unwrap().token.clone();
        let own =
            OrderBook::new(token, vec![level("0.39")], vec![level("0.4"), level("0.41"), level("0.6")], at(0), None);
        LoggedCandidate::of(&decision, &own, &GateSettings::default()).unwrap()
    };
    const DAY: i64 = 60 * 24;
    for (days, n) in [(0, 3), (2, 0), (4, 1)] {
        let when = at(days * DAY);
        let candidates = LoggedScan { at: when, candidates: (1..=n).map(candidate).collect() };
        let tried = Tried { candidates, bets: Vec::new() };
        store.record_scan(when, when, &ScanSummary::default(), &[], &tried, |_| true).await.unwrap();
    }
    let all = store.candidates_since(at(0)).await.unwrap();
    assert_eq!(all.iter().map(|scan| scan.candidates.len()).collect::<Vec<_>>(), [3, 0, 1]);
    assert_eq!((all[0].at, &all[0].candidates[1]), (at(0), &candidate(2)));
    assert_eq!(all[0].candidates[0].own_book(at(0)).asks.len(), 2, "as far as an order can reach");
    let keep = Retention {
        unresolved_prediction_days: 30,
        every_resolved_prediction_days: 30,
        thin_to: std::time::Duration::from_secs(3_600),
        scan_days: 30,
        candidate_days: 3,
        message_days: 30,
        activity_days: 30,
    };
    assert_eq!(store.delete_old(at(4 * DAY), &keep).await.unwrap().candidates, 1);
    assert_eq!(store.candidates_since(at(0)).await.unwrap().len(), 2);
}

async fn a_trial_is_kept_apart_from_money_and_settles(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    fund(store).await;
    let (balanced, by) = (book("balanced"), person());
    let begin = async |thresholds| store.begin_trial(&balanced, thresholds, usd("300"), &by, at(0)).await.unwrap();
    assert!(begin(lower_edge()).await);
    assert!(!begin(defaults()).await, "one runs");
    let trial = store.running_trials().await.unwrap().remove(0);
    assert_eq!((&trial.book, trial.thresholds, trial.began_at), (&balanced, lower_edge(), at(0)));

    let decision = decision(1, 1);
    let fill = fill(&decision, Side::Buy, "50", "0.4", at(1));
    let position = accounting::open_position(&decision, &balanced, &fill, None).unwrap();
    let bet = TrialBet { trial: trial.id, position, category: decision.category.clone(), fill };
    // Another candidate of the same event comes too late, and so does the same one again.
    let tried = Tried { bets: vec![bet.clone(), bet], ..no_candidates() };
    store.record_scan(at(1), at(1), &ScanSummary::default(), &[], &tried, |_| true).await.unwrap();
    let profile = StrategyProfile::built_in("balanced").unwrap();
    let view = store.trial_view(&trial, profile.clone(), at(2)).await.unwrap();
    // 50 shares at 40 cents and one cent a share of fee.
    assert_eq!((view.cash, view.bets_today, view.open_groups.len()), (usd("279.5"), 1, 1));
    assert_eq!(view.exposure.by_category["politics"], usd("20"));
    let sums = store.trial_sums(trial.id).await.unwrap();
    assert_eq!((sums.bets, sums.open, sums.staked, sums.pnl), (1, 1, usd("20"), usd("0")));

    let resolved = |yes: &str, no: &str| Resolution {
        condition_id: decision.condition_id.clone(),
        payout_yes: price(yes),
        payout_no: price(no),
        source: "oracle".to_owned(),
        resolved_at: None,
    };
    for (yes, no, changed, cash, pnl) in
        [("0", "1", 1, "329.5", "29.5"), ("0", "1", 0, "329.5", "29.5"), ("1", "0", 1, "279.5", "-20.5")]
    {
        let settled = store.settle_condition(Engines::Both, &resolved(yes, no), at(9), |_| Vec::new()).await.unwrap();
        assert!(settled.is_empty() && settled.trials == changed, "{settled:?}");
        let view = store.trial_view(&trial, profile.clone(), at(10)).await.unwrap();
        assert_eq!((view.cash, view.open_groups.len()), (usd(cash), 0));
        let sums = store.trial_sums(trial.id).await.unwrap();
        assert_eq!((sums.bets, sums.open, sums.pnl), (1, 0, usd(pnl)));
    }
    assert_eq!(store.ledger_total().await.unwrap(), usd("0"));
    assert!(store.open_positions().await.unwrap().is_empty());
    assert_eq!(store.bet_sums(&balanced, at(0)).await.unwrap(), BetSums::default());
}

async fn a_trial_is_promoted_or_dropped_once(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    fund(store).await;
    let (balanced, by) = (book("balanced"), person());
    store.begin_trial(&balanced, lower_edge(), usd("300"), &by, at(0)).await.unwrap();
    assert!(!store.drop_trial(&balanced, defaults(), at(1)).await.unwrap(), "not the ones shown");
    assert!(store.drop_trial(&balanced, lower_edge(), at(1)).await.unwrap());
    assert!(!store.drop_trial(&balanced, lower_edge(), at(1)).await.unwrap());
    assert!(store.begin_trial(&balanced, lower_edge(), usd("300"), &by, at(2)).await.unwrap());
    let save = ProfileSave {
        book: &balanced,
        defaults: defaults(),
        from: defaults(),
        to: lower_edge(),
        kind: ChangeKind::Promote,
        by: &by,
    };
    // Shown others as being in force: nothing happens, and the trial goes on.
    let stale = ProfileSave { from: lower_edge().with(Threshold::MinEdge, 0).unwrap(), ..save.clone() };
    assert_eq!(store.promote_trial(&stale, at(3)).await.unwrap(), SaveResult::Moved(defaults()));
    assert_eq!(store.running_trials().await.unwrap().len(), 1);
    assert!(matches!(store.promote_trial(&save, at(3)).await.unwrap(), SaveResult::Saved(_)));
    assert_eq!(store.promote_trial(&save, at(4)).await.unwrap(), SaveResult::Already);
    assert!(store.running_trials().await.unwrap().is_empty());
    assert_eq!(store.saved_thresholds().await.unwrap()[&balanced], lower_edge());
}
