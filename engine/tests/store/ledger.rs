//! The ledger adds up after whatever happened.

use engine::store::{ChangeKind, Resolution, Store, TopUpResult};
use engine_core::engines::Engines;
use engine_core::market::Side;
use engine_core::money::{Price, Usd};
use engine_core::signal::Decision;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};

use crate::harness::{Fixture, Kind, on_both};
use crate::samples::{approve, at, bet, book, card_message, decision, fill, fund, person, raise, usd};

on_both!(a_book_is_funded_once, any_course_of_events_keeps_the_ledger_whole, results_of_a_period_are_folds);

async fn a_book_is_funded_once(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.ensure_book(&book("bold"), usd("300"), at(0)).await.unwrap() })
        })
        .collect();
    let mut made = 0;
    for task in tasks {
        made += usize::from(task.await.unwrap());
    }
    assert_eq!(made, 1);
    let top_up = async |name, shown, amount| store.top_up(&book(name), usd(shown), usd(amount), &person(), at(1)).await;
    assert_eq!(top_up("bold", "300", "50.000001").await.unwrap(), TopUpResult::Done(usd("350.000001")));
    // A press handled again after a crash shows the bankroll of before.
    assert_eq!(top_up("bold", "300", "50.000001").await.unwrap(), TopUpResult::Moved(usd("350.000001")));
    assert_eq!(top_up("ghost", "0", "50").await.unwrap(), TopUpResult::Unknown);
    assert!(top_up("bold", "350.000001", "-1").await.is_err());
    let changes = store.profile_changes(&book("bold"), 9).await.unwrap();
    assert_eq!(changes.len(), 1);
    let change = &changes[0];
    assert_eq!((change.kind, change.field.as_str(), &change.by), (ChangeKind::TopUp, "bankroll", &person()));
    assert_eq!((change.before, change.after), (300_000_000, 350_000_001));
    let row = &store.books().await.unwrap()[0];
    assert_eq!((row.cash, row.capital, row.pnl), (usd("350.000001"), usd("350.000001"), Usd::ZERO));
    assert_eq!(store.ledger_total().await.unwrap(), Usd::ZERO);
}

#[derive(Debug, Clone)]
enum Step {
    Bet { market: u32, shares: u32 },
    Sell { nth: usize, part: u32, cents: u32 },
    Settle { market: u32, payout: u32 },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0..5_u32, 1..400_u32).prop_map(|(market, shares)| Step::Bet { market, shares }),
        (0..4_usize, 1..10_u32, 1..99_u32).prop_map(|(nth, part, cents)| Step::Sell { nth, part, cents }),
        (0..5_u32, 0..3_u32).prop_map(|(market, payout)| Step::Settle { market, payout }),
    ]
}

async fn any_course_of_events_keeps_the_ledger_whole(kind: Kind) {
    let mut cases = TestRunner::new(Config { failure_persistence: None, ..Config::default() });
    let strategy = proptest::collection::vec(step(), 1..30);
    for _ in 0..4 {
        let steps = strategy.new_tree(&mut cases).unwrap().current();
        let fixture = Fixture::new(kind).await;
        fund(&fixture.store).await;
        for step in &steps {
            perform(&fixture.store, step).await;
            check(&fixture.store, &steps).await;
        }
    }
}

async fn perform(store: &Store, step: &Step) {
    match step {
        Step::Bet { market, shares } => {
            let decision = decision(*market, *market);
            let id = raise_or_take(store, &decision).await;
            let shares = format!("{shares}.000007");
            let bets = vec![bet("balanced", &decision, &shares), bet("bold", &decision, &shares)];
            store.decide_signal(approve(id, bets), card_message).await.unwrap();
        }
        Step::Sell { nth, part, cents } => {
            let Some(position) = store.open_positions().await.unwrap().into_iter().nth(*nth) else { return };
            let decision = decision(position.market_id.as_str().parse().unwrap(), 0);
            let mut sale = fill(&decision, Side::Sell, "1", &format!("0.{cents:02}"), at(9));
            sale.shares = engine_core::money::Shares::from_micros(position.shares.micros() / i64::from(*part));
            sale.notional = sale.vwap.cost_of(sale.shares);
            store.close_position(position.id, &sale, at(9), |_| Vec::new()).await.unwrap();
        }
        Step::Settle { market, payout } => {
            let payout_yes = Price::from_micros(i64::from(*payout) * 500_000);
            let resolution = Resolution {
                condition_id: decision(*market, 0).condition_id,
                payout_yes,
                payout_no: payout_yes.complement(),
                source: "test".to_owned(),
                resolved_at: None,
            };
            store.settle_condition(Engines::Both, &resolution, at(20), |_| Vec::new()).await.unwrap();
        }
    }
}

/// A refused approval leaves its signal waiting; the next one decides that.
async fn raise_or_take(store: &Store, decision: &Decision) -> i64 {
    let waiting = store.pending_signals().await.unwrap();
    let found = waiting.iter().find(|row| row.decision.condition_id == decision.condition_id);
    match found {
        Some(row) => row.id,
        None => raise(store, decision).await,
    }
}

async fn check(store: &Store, steps: &[Step]) {
    assert_eq!(store.ledger_total().await.unwrap(), Usd::ZERO, "{steps:?}");
    let positions = store.positions(&engine::store::PositionFilter::default()).await.unwrap();
    for row in store.books().await.unwrap() {
        let own = || positions.iter().filter(|position| position.book == row.book);
        assert!(row.cash >= Usd::ZERO, "{steps:?}");
        assert_eq!(own().map(|position| position.cost).sum::<Usd>(), row.invested, "{steps:?}");
        assert_eq!(own().map(|position| position.realized_pnl).sum::<Usd>(), row.pnl, "{steps:?}");
        assert_eq!(row.cash + row.invested, row.capital + row.pnl, "{steps:?}");
        let series = store.equity_series(Some(&row.book)).await.unwrap();
        assert_eq!(series.last().map(|point| point.equity), Some(row.cash + row.invested), "{steps:?}");
    }
}

async fn results_of_a_period_are_folds(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    fund(store).await;
    for (n, payout_no) in [(1, "1"), (2, "0"), (3, "1")] {
        let decision = decision(n, n);
        let id = raise(store, &decision).await;
        store.decide_signal(approve(id, vec![bet("balanced", &decision, "100")]), card_message).await.unwrap();
        let payout_no: Price = payout_no.parse().unwrap();
        let resolution = Resolution {
            condition_id: decision.condition_id,
            payout_yes: payout_no.complement(),
            payout_no,
            source: "test".to_owned(),
            resolved_at: None,
        };
        store.settle_condition(Engines::Both, &resolution, at(60 * i64::from(n)), |_| Vec::new()).await.unwrap();
    }
    // Each costs 40 and a fee of 1: +59, −41, +59; the fall lasts until the third fee.
    let all = store.period_stats(None, None).await.unwrap();
    assert_eq!((all.opened, all.ended, all.wins), (3, 3, 2));
    assert_eq!((all.pnl, all.fees, all.staked, all.exposure), (usd("77"), usd("3"), usd("120"), Usd::ZERO));
    assert_eq!(all.max_drawdown, usd("42"));
    assert!((all.roi.unwrap() - 77.0 / 120.0).abs() < 1e-12);
    assert!((all.profit_factor.unwrap() - 118.0 / 41.0).abs() < 1e-12);
    let late = store.period_stats(Some(&book("balanced")), Some(at(150))).await.unwrap();
    assert_eq!((late.opened, late.ended, late.pnl, late.fees), (0, 1, usd("60"), Usd::ZERO));
    assert_eq!(store.period_stats(Some(&book("bold")), None).await.unwrap().pnl, Usd::ZERO);
    let report = store.report(at(60 * 24)).await.unwrap();
    assert_eq!((report[0].pnl_today, report[0].pnl_week, report[0].pnl_all), (Usd::ZERO, usd("77"), usd("77")));
}
