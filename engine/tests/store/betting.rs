//! From a signal to a settled bet: each step once, whole or not at all.

use engine::store::{CloseResult, CreateResult, DecideResult, NewSignal, Refusal, Resolution, SignalDecision};
use engine_core::engines::Engines;
use engine_core::market::Side;
use engine_core::money::{Price, Usd};
use engine_core::notice::DecidedBy;
use engine_core::position::PositionStatus;
use engine_core::prediction::SignalSource;
use engine_core::signal::SignalStatus;
use engine_core::strategy::BookMode;

use crate::harness::{Fixture, Kind, on_both};
use crate::samples::{
    BOT, FEATURES, approve, at, bet, book, card_message, decision, fill, fund, message, new_signal, person, price,
    raise, usd,
};

on_both!(
    an_approval_writes_everything_at_once,
    of_many_approvals_one_succeeds,
    a_book_holds_one_position_a_market_and_an_event,
    racing_bets_of_one_book_never_overdraw_or_double,
    a_panic_in_the_middle_leaves_nothing,
    late_and_repeated_decisions_change_nothing,
    a_signal_is_raised_once,
    books_in_auto_mode_bet_at_once,
    a_sale_is_booked_once,
    a_settlement_happens_once,
    a_changed_resolution_is_corrected,
);

async fn an_approval_writes_everything_at_once(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    fund(store).await;
    let decision = decision(1, 1);
    let id = raise(store, &decision).await;
    let wanted = bet("balanced", &decision, "50");
    let result = store.decide_signal(approve(id, vec![wanted.clone()]), card_message).await.unwrap();
    let DecideResult::Done(card) = result else { panic!("{result:?}") };

    assert_eq!(card.status, SignalStatus::Approved);
    assert_eq!(store.signal_card(id).await.unwrap().as_ref(), Some(&*card));
    let position = &card.bets[0].position;
    assert_eq!(store.position(position.id).await.unwrap().as_ref(), Some(position));
    assert_eq!(store.fills_of(position.id).await.unwrap(), vec![wanted.fill]);
    assert_eq!((position.cost, position.fee), (usd("20"), usd("0.5")));
    assert_eq!(position.signal_id, Some(id));
    assert_eq!(store.signal_features(id).await.unwrap(), Some((5, FEATURES.to_vec())));
    let row = &store.books().await.unwrap()[0];
    assert_eq!((row.cash, row.invested, row.fees, row.pnl), (usd("279.5"), usd("20"), usd("0.5"), usd("-0.5")));
    assert_eq!(store.ledger_total().await.unwrap(), Usd::ZERO);
    let texts: Vec<String> =
        store.due(BOT, at(2), 9).await.unwrap().iter().map(|row| row.message.payload["text"].to_string()).collect();
    assert_eq!(texts, [format!("\"signal {id} 0 bets\""), format!("\"signal {id} 1 bets\"")]);
}

async fn of_many_approvals_one_succeeds(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    fund(store).await;
    let decision = decision(1, 1);
    let id = raise(store, &decision).await;
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let (store, bets) = (store.clone(), vec![bet("balanced", &decision, "50"), bet("bold", &decision, "10")]);
            tokio::spawn(async move { store.decide_signal(approve(id, bets), card_message).await.unwrap() })
        })
        .collect();
    let (mut done, mut already) = (0, 0);
    for task in tasks {
        match task.await.unwrap() {
            DecideResult::Done(card) => {
                assert_eq!(card.bets.len(), 2);
                done += 1;
            }
            DecideResult::AlreadyDecided(card) => {
                assert_eq!(card.decided_by, Some(person()));
                already += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((done, already), (1, 7));
    assert_eq!(store.open_positions().await.unwrap().len(), 2);
    assert_eq!(store.outbox_stats().await.unwrap().pending, 2);
    assert_eq!(store.ledger_total().await.unwrap(), Usd::ZERO);
}

async fn a_book_holds_one_position_a_market_and_an_event(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    fund(store).await;
    // (market, group, source, what happens)
    let table = [
        (1, 1, SignalSource::Ensemble, None),
        (1, 1, SignalSource::News, Some(Refusal::OpenInMarket)),
        (2, 1, SignalSource::Ensemble, Some(Refusal::OpenInGroup)),
        (3, 2, SignalSource::Ensemble, None),
        (4, 2, SignalSource::CopyTrade, None),
        (4, 2, SignalSource::Ensemble, Some(Refusal::OpenInMarket)),
    ];
    for (market, group, source, refusal) in table {
        let decision = engine_core::signal::Decision { source, ..decision(market, group) };
        let id = raise(store, &decision).await;
        let result =
            store.decide_signal(approve(id, vec![bet("balanced", &decision, "10")]), card_message).await.unwrap();
        match (result, refusal) {
            (DecideResult::Done(_), None) => {}
            (DecideResult::Refused { reason, .. }, Some(refusal)) => {
                assert_eq!(reason, refusal);
                assert_eq!(store.signal(id).await.unwrap().unwrap().status, SignalStatus::Pending);
            }
            (result, refusal) => panic!("market {market}: {result:?}, expected {refusal:?}"),
        }
    }
    let state = &store.book_states(at(2)).await.unwrap()[0];
    assert_eq!((state.open_conditions.len(), state.open_groups.len(), state.bets_today), (3, 2, 3));
    assert_eq!(state.by_category["politics"], usd("12"));
}

async fn racing_bets_of_one_book_never_overdraw_or_double(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    fund(store).await;
    let mut tasks = Vec::new();
    // Each costs $82; three of twelve fit into $300. Pairs share an event.
    for n in 0..12 {
        let decision = decision(n, n / 2);
        let id = raise(store, &decision).await;
        let (store, bets) = (store.clone(), vec![bet("balanced", &decision, "200")]);
        tasks.push(tokio::spawn(async move { store.decide_signal(approve(id, bets), card_message).await.unwrap() }));
    }
    for task in tasks {
        let result = task.await.unwrap();
        assert!(matches!(result, DecideResult::Done(_) | DecideResult::Refused { .. }), "{result:?}");
    }
    let open = store.open_positions().await.unwrap();
    let mut groups: Vec<_> = open.iter().map(|position| position.group_id.clone()).collect();
    groups.sort();
    groups.dedup();
    assert_eq!((open.len(), groups.len()), (3, 3));
    assert_eq!(store.books().await.unwrap()[0].cash, usd("54"));
    assert_eq!(store.ledger_total().await.unwrap(), Usd::ZERO);
}

async fn a_panic_in_the_middle_leaves_nothing(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    fund(store).await;
    let decision = decision(1, 1);
    let id = raise(store, &decision).await;
    let bets = vec![bet("balanced", &decision, "50")];
    // The messages are made when all else is written.
    let broken = tokio::spawn({
        let (store, bets) = (store.clone(), bets.clone());
        async move { store.decide_signal(approve(id, bets), |_| panic!("killed")).await }
    });
    assert!(broken.await.unwrap_err().is_panic());
    assert_eq!(store.signal(id).await.unwrap().unwrap().status, SignalStatus::Pending);
    assert!(store.open_positions().await.unwrap().is_empty());
    assert_eq!(store.transfers(None).await.unwrap().len(), 2);
    assert_eq!(store.outbox_stats().await.unwrap().pending, 1);
    // And the store goes on.
    let again = store.decide_signal(approve(id, bets), card_message).await.unwrap();
    assert!(matches!(again, DecideResult::Done(_)), "{again:?}");
}

async fn late_and_repeated_decisions_change_nothing(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    fund(store).await;
    let decision = decision(1, 1);
    let id = raise(store, &decision).await;
    let bets = vec![bet("balanced", &decision, "50")];
    let late = SignalDecision { at: at(30), ..approve(id, bets.clone()) };
    assert!(matches!(store.decide_signal(late, card_message).await.unwrap(), DecideResult::TooLate(_)));
    assert_eq!(store.overdue_signals(at(29)).await.unwrap().len(), 0);
    assert_eq!(store.overdue_signals(at(30)).await.unwrap().len(), 1);
    let expire =
        SignalDecision { status: SignalStatus::Expired, by: DecidedBy::Timeout, at: at(31), ..approve(id, Vec::new()) };
    assert!(matches!(store.decide_signal(expire, card_message).await.unwrap(), DecideResult::Done(_)));
    let result = store.decide_signal(approve(id, bets), card_message).await.unwrap();
    let DecideResult::AlreadyDecided(card) = result else { panic!("{result:?}") };
    assert_eq!((card.status, card.bets.len()), (SignalStatus::Expired, 0));
    assert_eq!(store.decide_signal(approve(999, Vec::new()), card_message).await.unwrap(), DecideResult::Unknown);
    assert!(store.open_positions().await.unwrap().is_empty());
    assert_eq!(store.outbox_stats().await.unwrap().pending, 2);
}

async fn a_signal_is_raised_once(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    let decision = decision(1, 1);
    let tasks: Vec<_> = (0..6)
        .map(|_| {
            let (store, decision) = (store.clone(), decision.clone());
            tokio::spawn(async move { store.create_signal(new_signal(&decision), card_message).await.unwrap() })
        })
        .collect();
    let mut created = 0;
    for task in tasks {
        match task.await.unwrap() {
            CreateResult::Created { .. } => created += 1,
            CreateResult::AlreadyPending(id) => assert!(id > 0),
            other @ (CreateResult::Refused(_) | CreateResult::NotTaken(_)) => panic!("{other:?}"),
        }
    }
    assert_eq!(created, 1);
    assert_eq!(store.outbox_stats().await.unwrap().pending, 1);
    let keys = store.signal_keys(at(99)).await.unwrap();
    assert_eq!((keys.len(), keys[0].status), (1, SignalStatus::Pending));
    assert_eq!(store.signals_for_condition(&decision.condition_id).await.unwrap()[0].decision, decision);
}

async fn books_in_auto_mode_bet_at_once(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    fund(store).await;
    store.set_mode(Some(&book("bold")), BookMode::Paused).await.unwrap();
    let decision = decision(1, 1);
    let auto = |names: &[&str]| NewSignal {
        status: SignalStatus::Auto,
        auto_bets: names.iter().map(|name| bet(name, &decision, "50")).collect(),
        ..new_signal(&decision)
    };
    let nobody = store.create_signal(auto(&["bold", "ghost"]), card_message).await.unwrap();
    assert_eq!(
        nobody,
        CreateResult::Refused(vec![(book("bold"), Refusal::Paused), (book("ghost"), Refusal::UnknownBook)])
    );
    assert!(store.signals_for_condition(&decision.condition_id).await.unwrap().is_empty());
    let result = store.create_signal(auto(&["bold", "balanced"]), card_message).await.unwrap();
    let CreateResult::Created { card, refused } = result else { panic!("{result:?}") };
    assert_eq!(refused, [(book("bold"), Refusal::Paused)]);
    assert_eq!((card.status, card.bets.len()), (SignalStatus::Auto, 1));
    assert_eq!(store.signal_card(card.signal_id).await.unwrap(), Some(*card));
}

async fn a_sale_is_booked_once(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    fund(store).await;
    let decision = decision(1, 1);
    let id = raise(store, &decision).await;
    store.decide_signal(approve(id, vec![bet("balanced", &decision, "50")]), card_message).await.unwrap();
    let position = store.open_positions().await.unwrap().remove(0);
    let told = |_: &_| vec![message("sold")];

    let part = fill(&decision, Side::Sell, "20", "0.5", at(5));
    let result = store.close_position(position.id, &part, at(5), told).await.unwrap();
    let CloseResult::Done(reduction) = result else { panic!("{result:?}") };
    assert_eq!((reduction.pnl, reduction.position.status), (usd("1.8"), PositionStatus::Open));

    // Two sales of all that is left, computed from the same reading.
    let rest = fill(&decision, Side::Sell, "30", "0.5", at(6));
    let tasks: Vec<_> = (0..2)
        .map(|_| {
            let (store, rest) = (store.clone(), rest.clone());
            tokio::spawn(async move { store.close_position(position.id, &rest, at(6), |_| Vec::new()).await.unwrap() })
        })
        .collect();
    let mut done = 0;
    for task in tasks {
        match task.await.unwrap() {
            CloseResult::Done(_) => done += 1,
            CloseResult::NotOpen(now) => assert_eq!(now.status, PositionStatus::Closed),
            CloseResult::Unknown => panic!("unknown"),
        }
    }
    assert_eq!(done, 1);
    assert_eq!(store.fills_of(position.id).await.unwrap().len(), 3);
    let row = &store.books().await.unwrap()[0];
    // Bought for 20 + 0.5, sold for 25 − 0.5.
    assert_eq!((row.cash, row.invested, row.pnl), (usd("304"), Usd::ZERO, usd("4")));
    assert_eq!(store.ledger_total().await.unwrap(), Usd::ZERO);
    let report = store.report(at(10)).await.unwrap();
    assert_eq!((report[0].record.wins, report[0].pnl_today, report[0].open), (1, usd("4"), 0));
    let settled =
        store.settle_condition(Engines::Both, &no_wins(&decision), at(7), |_| vec![message("paid")]).await.unwrap();
    assert!(settled.is_empty());
}

fn no_wins(decision: &engine_core::signal::Decision) -> Resolution {
    Resolution {
        condition_id: decision.condition_id.clone(),
        payout_yes: Price::ZERO,
        payout_no: Price::ONE,
        source: "test".to_owned(),
        resolved_at: Some(at(50)),
    }
}

async fn a_settlement_happens_once(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    fund(store).await;
    let decision = decision(1, 1);
    store.record_decisions(std::slice::from_ref(&decision), at(0)).await.unwrap();
    let id = raise(store, &decision).await;
    let bets = vec![bet("balanced", &decision, "50"), bet("bold", &decision, "10")];
    store.decide_signal(approve(id, bets), card_message).await.unwrap();
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            let (store, resolution) = (store.clone(), no_wins(&decision));
            tokio::spawn(async move {
                store.settle_condition(Engines::Both, &resolution, at(60), |_| vec![message("paid")]).await.unwrap()
            })
        })
        .collect();
    let (mut settled, mut labelled) = (Vec::new(), 0);
    for task in tasks {
        let result = task.await.unwrap();
        labelled += result.predictions;
        settled.extend(result.settled);
    }
    assert_eq!((settled.len(), labelled), (2, 1));
    assert_eq!((settled[0].proceeds, settled[0].pnl, settled[0].record.wins), (usd("50"), usd("29.5"), 1));
    let row = &store.books().await.unwrap()[0];
    assert_eq!((row.cash, row.pnl), (usd("329.5"), usd("29.5")));
    assert_eq!(store.outbox_stats().await.unwrap().pending, 3);
    assert_eq!(store.ledger_total().await.unwrap(), Usd::ZERO);
    assert_eq!(store.resolution(&decision.condition_id).await.unwrap().unwrap().resolution, no_wins(&decision));
    assert_eq!(store.scored_predictions(None, None).await.unwrap()[0].outcome, 0.0);
}

async fn a_changed_resolution_is_corrected(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    fund(store).await;
    let decision = decision(1, 1);
    let id = raise(store, &decision).await;
    store.decide_signal(approve(id, vec![bet("balanced", &decision, "50")]), card_message).await.unwrap();
    let half = Resolution { payout_yes: price("0.5"), payout_no: price("0.5"), ..no_wins(&decision) };
    // (resolution, cash afterwards, corrections)
    let table = [(no_wins(&decision), "329.5", 0), (half.clone(), "304.5", 1), (half, "304.5", 0)];
    for (resolution, cash, corrections) in table {
        let result = store.settle_condition(Engines::Both, &resolution, at(60), |_| Vec::new()).await.unwrap();
        assert_eq!(result.corrected.len(), corrections);
        assert_eq!(store.books().await.unwrap()[0].cash, usd(cash));
        assert_eq!(store.ledger_total().await.unwrap(), Usd::ZERO);
    }
    let wrong = Resolution { payout_yes: price("0.6"), payout_no: price("0.6"), ..no_wins(&decision) };
    assert!(store.settle_condition(Engines::Both, &wrong, at(60), |_| Vec::new()).await.is_err());
}
