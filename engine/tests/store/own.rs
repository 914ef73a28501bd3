//! The log as a data set: what was seen, own bets, and outcomes from resolutions alone.

use engine::dataset::{DataSet, SnapshotPlan, own, training_rows};
use engine::store::{Resolution, Store};
use engine_core::engines::Engines;
use engine_core::gate::Gate;
use engine_core::market::{MarketGroupId, MarketId, Side};
use engine_core::notice::ScanSummary;
use engine_core::signal::Decision;

use crate::harness::{Fixture, Kind, on_both};
use crate::samples::{approve, at, bet, card_message, decision, fill, fund, no_candidates, price, raise, stopped};

on_both!(the_log_becomes_a_data_set, an_exit_says_nothing_about_the_outcome);

async fn seen(store: &Store, decisions: &[Decision], minute: i64) {
    let dated: Vec<Decision> = decisions.iter().map(|one| Decision { at: at(minute), ..one.clone() }).collect();
    let summary = ScanSummary { at: Some(at(minute)), ..ScanSummary::default() };
    store.record_scan(at(minute), at(minute), &summary, &dated, &no_candidates(), |_| true).await.unwrap();
}

fn resolved(decision: &Decision, yes: &str, source: &str) -> Resolution {
    Resolution {
        condition_id: decision.condition_id.clone(),
        payout_yes: price(yes),
        payout_no: price("1") - price(yes),
        source: source.to_owned(),
        resolved_at: Some(at(60 * 72)),
    }
}

async fn written(store: &Store) -> (own::OwnReport, DataSet) {
    let dir = tempfile::tempdir().unwrap();
    let report = own::write(store, &dir.path().join("new/own")).await.unwrap();
    (report, DataSet::read(dir.path().join("new/own")).unwrap())
}

async fn the_log_becomes_a_data_set(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    fund(store).await;
    let taken = decision(1, 1);
    let passed = stopped(decision(2, 2), Gate::EffectiveEdge);
    let open = stopped(decision(3, 3), Gate::EffectiveEdge);
    let all = [taken.clone(), passed.clone(), open];
    for minute in [0, 10, 20, 60, 70, 600] {
        seen(store, &all, minute).await;
    }
    let bets = vec![bet("bold", &taken, "10"), bet("balanced", &taken, "5")];
    let decided = Decision { at: at(20), ..taken.clone() };
    let id = raise(store, &decided).await;
    store.decide_signal(approve(id, bets), card_message).await.unwrap();
    let (nothing, _) = written(store).await;
    assert_eq!(nothing, own::OwnReport::default(), "nothing has resolved yet");

    store.settle_condition(Engines::Both, &resolved(&taken, "0", "oracle"), at(60 * 73), |_| Vec::new()).await.unwrap();
    store.record_resolutions(&[resolved(&passed, "0.5", "listing")], at(60 * 73)).await.unwrap();
    let (report, set) = written(store).await;
    // Of each market one quote an hour, and the quote of the bet: two books bet at it, it is one.
    assert_eq!((report.markets, report.prices, report.own_bets, report.without_question), (2, 3 + 1 + 3, 1, 0));
    let market = &set.markets[0];
    assert_eq!(market.condition_id.as_deref(), Some(taken.condition_id.as_str()));
    assert_eq!((market.question.as_str(), market.event.as_deref()), (taken.question.as_str(), Some("g1")));
    assert_eq!((market.outcome, market.outcome_source.as_deref()), (Some(0.0), Some("uma_settled")));
    assert_eq!((market.end_at, market.category.as_deref()), (taken.end_at, Some("politics")));
    let quotes: Vec<(i64, f64, Option<f64>, Option<f64>)> =
        market.prices.iter().map(|p| ((p.at() - at(0)).num_minutes(), p.price(), p.bid(), p.ask())).collect();
    let quote = |minute| (minute, 0.61, Some(0.6), Some(0.62));
    assert_eq!(quotes, [quote(0), quote(20), quote(60), quote(600)]);
    let rows = training_rows(market, &SnapshotPlan::default());
    let weights: Vec<(i64, bool)> =
        rows.iter().map(|row| ((row.as_of - at(0)).num_minutes(), row.weight > 0.9)).collect();
    assert_eq!(weights, [(0, false), (20, true), (600, false)], "three rows, the bet's of three thirds");
    assert_eq!(
        (set.markets[1].outcome, set.markets[1].outcome_source.as_deref()),
        (Some(0.5), Some("gamma_outcome_prices"))
    );
    assert!(set.markets[1].own_bets.is_empty());

    // One whose question nobody knows any more is counted; one that was never seen is not there.
    let mut unknown = decision(9, 9);
    unknown.market_id = MarketId::new("9");
    unknown.group_id = MarketGroupId::new("g9");
    store.record_resolutions(&[resolved(&unknown, "1", "oracle")], at(60 * 73)).await.unwrap();
    assert_eq!(written(store).await.0, report);
}

async fn an_exit_says_nothing_about_the_outcome(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    fund(store).await;
    let taken = decision(1, 1);
    seen(store, std::slice::from_ref(&taken), 0).await;
    let id = raise(store, &taken).await;
    store.decide_signal(approve(id, vec![bet("bold", &taken, "10")]), card_message).await.unwrap();
    let held = store.positions(&engine::store::PositionFilter::default()).await.unwrap();
    // Bought No at 0.40, sold at a loss.
    let sale = fill(&taken, Side::Sell, "10", "0.1", at(90));
    store.close_position(held[0].id, &sale, at(90), |_| Vec::new()).await.unwrap();
    assert!(written(store).await.1.markets.is_empty(), "sold, but not resolved");
    // The sale lost, and No was right all the same.
    store.settle_condition(Engines::Both, &resolved(&taken, "0", "oracle"), at(60 * 73), |_| Vec::new()).await.unwrap();
    let (report, set) = written(store).await;
    assert_eq!((report.own_bets, set.markets[0].outcome), (1, Some(0.0)));
    let rows = training_rows(&set.markets[0], &SnapshotPlan::default());
    assert_eq!(
        rows.iter().map(|row| row.weight).collect::<Vec<_>>(),
        [3.0],
        "a bet that was sold weighs like any other"
    );
}
