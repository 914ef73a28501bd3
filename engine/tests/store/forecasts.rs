//! Forecasts: logged, found again, queued fairly for their resolution, and scored.

use std::collections::BTreeSet;
use std::time::Duration;

use engine::store::Resolution;
use engine_core::engines::Engines;
use engine_core::gate::Gate;
use engine_core::market::{ConditionId, MarketGroupId, MarketId};
use engine_core::money::Price;
use engine_core::notice::ScanSummary;
use engine_core::prediction::SignalSource;
use engine_core::signal::Decision;

use crate::harness::{Fixture, Kind, on_both};
use crate::samples::{approve, at, bet, card_message, decision, fund, message, no_candidates, raise, stopped};

on_both!(
    a_scan_is_kept_and_found_again,
    the_queue_of_unresolved_conditions_is_fair,
    a_market_that_stays_unresolved_is_told_once,
    forecasts_are_thinned_by_market_and_time,
    muted_groups_are_remembered,
);

async fn a_scan_is_kept_and_found_again(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    let unscored = |n| Decision { prediction: None, ..stopped(decision(n, n), Gate::Volume) };
    let mut odd = decision(3, 3);
    odd.question = "Nul\u{0} and 100% _ \\ Straße".to_owned();
    let all = vec![stopped(decision(1, 1), Gate::EffectiveEdge), unscored(2), odd, unscored(4), decision(5, 5)];
    let summary = ScanSummary { at: Some(at(1)), fetched: 5, scored: 3, ..ScanSummary::default() };
    let keep = |decision: &Decision| decision.market_id.as_str() != "4";
    store.record_scan(at(0), at(1), &summary, &all, &no_candidates(), keep).await.unwrap();
    store.record_scan(at(2), at(3), &summary, &all, &no_candidates(), keep).await.unwrap();

    assert_eq!(store.prediction_counts().await.unwrap(), (6, 0));
    assert_eq!(store.last_scan().await.unwrap(), Some(summary));
    assert_eq!((store.scan_count(at(2)).await.unwrap(), store.scans_since(at(0)).await.unwrap().len()), (1, 2));
    assert_eq!(store.decision_of_market(&MarketId::new("1")).await.unwrap().as_ref(), Some(&all[0]));
    assert_eq!(store.decision_of_market(&MarketId::new("4")).await.unwrap(), None);
    let table: [(&str, &[&str]); 10] = [
        ("1", &["1"]),
        (all[4].condition_id.as_str(), &["5"]),
        ("https://polymarket.com/event/group-2/market-2?tid=7", &["2"]),
        ("polymarket.com/event/group-5", &["5"]),
        ("https://polymarket.com/market/market-1", &["1"]),
        ("MARKET do", &["1", "2", "5"]),
        ("100% STRASSE", &[]),
        ("straße 100%", &["3"]),
        ("_ \\", &["3"]),
        ("'; DROP TABLE books", &[]),
    ];
    for (query, markets) in table {
        let found = store.find_decisions(query, 9).await.unwrap();
        let found: Vec<&str> = found.iter().map(|found| found.market_id.as_str()).collect();
        assert_eq!(found, markets, "{query}");
    }
    let funnel = store.funnel_today(at(5)).await.unwrap();
    let step = |gate: &str| funnel.iter().find(|step| step.gate == gate).map(|step| (step.entered, step.passed));
    assert_eq!(step("binary"), Some((4, 4)));
    assert_eq!(step("volume"), Some((4, 3)));
    assert_eq!(step("effective_edge"), Some((3, 2)));
    assert_eq!(step("bankroll"), Some((2, 2)));
    assert!(store.funnel_today(at(60 * 24)).await.unwrap().iter().all(|step| step.entered == 0));
}

async fn the_queue_of_unresolved_conditions_is_fair(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    let ending = |n: u32, minutes: i64| Decision { end_at: Some(at(minutes)), ..decision(n, n) };
    let all: Vec<Decision> = (0..6).map(|n| ending(n, 10)).chain([ending(6, 9_999), ending(7, 9_999)]).collect();
    store.record_decisions(&all, at(0)).await.unwrap();
    fund(store).await;
    let held = raise(store, &all[7]).await;
    store.decide_signal(approve(held, vec![bet("bold", &all[7], "5")]), card_message).await.unwrap();
    // Nothing ever resolves, yet everyone has its turn: 0–5 ended, 7 is held, 6 is neither.
    let mut seen = BTreeSet::new();
    for round in 0..4 {
        let asked = store.unresolved_conditions(Engines::Both, 2, Some(at(20))).await.unwrap();
        let ids: Vec<ConditionId> = asked.into_iter().map(|row| row.condition_id).collect();
        store.mark_polled(&ids, at(20 + round)).await.unwrap();
        seen.extend(ids);
    }
    assert_eq!(seen.len(), 7);
    assert!(!seen.contains(&all[6].condition_id));
    assert_eq!(store.unresolved_conditions(Engines::Both, 99, None).await.unwrap().len(), 8);
    let resolution = |decision: &Decision| Resolution {
        condition_id: decision.condition_id.clone(),
        payout_yes: Price::ONE,
        payout_no: Price::ZERO,
        source: "test".to_owned(),
        resolved_at: None,
    };
    let resolutions: Vec<Resolution> = all[..3].iter().map(resolution).collect();
    assert_eq!(store.record_resolutions(&resolutions, at(30)).await.unwrap(), 3);
    assert_eq!(store.record_resolutions(&resolutions, at(31)).await.unwrap(), 0);
    assert_eq!(store.unresolved_conditions(Engines::Both, 99, None).await.unwrap().len(), 5);
}

async fn a_market_that_stays_unresolved_is_told_once(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    fund(store).await;
    let (ours, other) = (decision(1, 1), decision(2, 2));
    store.record_decisions(&[ours.clone(), other.clone()], at(0)).await.unwrap();
    let id = raise(store, &ours).await;
    store.decide_signal(approve(id, vec![bet("bold", &ours, "5")]), card_message).await.unwrap();
    for (decision, minutes) in [(&ours, 10), (&ours, 20), (&other, 10)] {
        store.mark_closed(&decision.condition_id, Some("disputed"), at(minutes)).await.unwrap();
    }
    assert!(store.closed_unresolved(Engines::Both, at(9)).await.unwrap().is_empty());
    let stuck = store.closed_unresolved(Engines::Both, at(10)).await.unwrap();
    assert_eq!(stuck.len(), 1);
    assert_eq!((&stuck[0].condition_id, stuck[0].closed_since), (&ours.condition_id, Some(at(10))));
    assert!(store.mark_alerted(Engines::Both, &ours.condition_id, at(11), &[message("stuck")]).await.unwrap());
    assert!(!store.mark_alerted(Engines::Both, &ours.condition_id, at(12), &[message("stuck")]).await.unwrap());
    assert!(store.closed_unresolved(Engines::Both, at(99)).await.unwrap().is_empty());
    assert_eq!(store.outbox_stats().await.unwrap().pending, 3);
}

async fn forecasts_are_thinned_by_market_and_time(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    let made = |n: u32, minutes: i64| Decision { at: at(minutes), ..decision(n, 1) };
    let news = Decision { source: SignalSource::News, posterior: None, ..made(1, 0) };
    let all = [made(1, 0), made(1, 10), made(1, 70), made(2, 5), news];
    store.record_decisions(&all, at(0)).await.unwrap();
    for decision in [&all[0], &all[3]] {
        let resolution = Resolution {
            condition_id: decision.condition_id.clone(),
            payout_yes: Price::ONE,
            payout_no: Price::ZERO,
            source: "test".to_owned(),
            resolved_at: None,
        };
        store.record_resolutions(&[resolution], at(80)).await.unwrap();
    }
    let hour = Some(Duration::from_secs(3_600));
    let count = async |source, thin| store.scored_predictions(source, thin).await.unwrap().len();
    assert_eq!(count(None, None).await, 5);
    assert_eq!(count(Some(SignalSource::Ensemble), None).await, 4);
    assert_eq!(count(Some(SignalSource::Ensemble), hour).await, 3);
    let row = store.scored_predictions(Some(SignalSource::News), hour).await.unwrap().remove(0);
    assert_eq!((row.model_p, row.posterior, row.market, row.outcome), (0.3, 0.3, 0.61, 1.0));
    assert_eq!((row.cluster, row.at, row.end_at), (MarketGroupId::new("g1"), at(0), all[4].end_at));
}

async fn muted_groups_are_remembered(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    let group = MarketGroupId::new("g");
    assert!(store.mute(&group, at(0)).await.unwrap());
    assert!(!store.mute(&group, at(1)).await.unwrap());
    assert_eq!(store.muted_groups().await.unwrap(), BTreeSet::from([group.clone()]));
    assert!(store.unmute(&group).await.unwrap());
    assert!(store.muted_groups().await.unwrap().is_empty());
}
