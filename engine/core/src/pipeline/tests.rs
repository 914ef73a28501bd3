use chrono::TimeDelta;

use super::samples::*;
use super::*;
use crate::book::{BookFault, OrderBook};
use crate::market::{Market, Outcome, OutcomeToken, Protocol};
use crate::prediction::SignalSource;
use crate::signal::Decision;

pub(super) const REFERENCE: &str = "5";

pub(super) fn settings() -> GateSettings {
    GateSettings::default()
}

pub(super) fn judged(market: &Market, books: &(OrderBook, OrderBook), probability: f64) -> Decision {
    judged_as(&evidence(market, books, probability), &settings())
}

pub(super) fn judged_as(evidence: &Evidence<'_>, settings: &GateSettings) -> Decision {
    match screen(evidence.market, evidence.source, evidence.at, settings) {
        Ok(trace) => judge(evidence, trace, usd(REFERENCE), settings),
        Err(rejected) => *rejected,
    }
}

#[test]
fn the_listing_stops_at_the_first_gate_it_fails() {
    type Case = (&'static str, fn(&mut Market), Gate);
    let table: [Case; 19] = [
        ("three outcomes", |m| m.outcome_labels.push("Maybe".into()), Gate::Binary),
        ("no tokens", |m| m.tokens.clear(), Gate::Binary),
        ("one token twice", |m| m.tokens = vec![OutcomeToken::new("1"); 2], Gate::Binary),
        ("protocol", |m| m.protocol = Protocol::Unsupported, Gate::Open),
        ("closed", |m| m.closed = true, Gate::Open),
        ("not active", |m| m.active = false, Gate::Open),
        ("no orders", |m| m.accepting_orders = false, Gate::Open),
        ("no book", |m| m.order_book_enabled = false, Gate::Open),
        ("disputed", |m| m.resolution_status = Some("disputed".into()), Gate::Open),
        ("proposed", |m| m.resolution_status = Some("proposed".into()), Gate::Open),
        ("volume missing", |m| m.volume = None, Gate::Volume),
        ("volume", |m| m.volume = Some(usd("999.99")), Gate::Volume),
        ("end missing", |m| m.end_at = None, Gate::Expiry),
        ("ended", |m| m.end_at = Some(now()), Gate::Expiry),
        ("too far", |m| m.end_at = Some(now() + TimeDelta::days(15)), Gate::Expiry),
        ("price 0.03", |m| m.yes_price_hint = Some("0.03".parse().unwrap()), Gate::PriceRange),
        ("price 0.97", |m| m.yes_price_hint = Some("0.97".parse().unwrap()), Gate::PriceRange),
        ("sports", |m| m.tags.push("nba".into()), Gate::Sports),
        ("closed first", |m| (m.closed, m.volume) = (true, None), Gate::Open),
    ];
    for (name, spoil, gate) in table {
        let mut market = market();
        spoil(&mut market);
        let rejected = screen(&market, SignalSource::Ensemble, now(), &settings()).unwrap_err();
        assert_eq!(rejected.stopped_at, Some(gate), "{name}");
        assert!(rejected.trace.iter().rev().skip(1).all(|record| record.passed), "{name}");
        assert_eq!(rejected.trace.last().map(|record| record.gate), Some(gate), "{name}");
        assert!(!rejected.is_scored() && rejected.mid.is_none(), "{name}");
    }
    let trace = screen(&market(), SignalSource::Ensemble, now(), &settings()).unwrap();
    assert_eq!(trace.len(), 6);
    assert_eq!(judged(&market(), &books(), 0.2).path, "event/the-bill/will-the-bill-pass");
}

#[test]
fn an_absent_price_is_never_made_up() {
    let market = Market { yes_price_hint: None, best_bid_hint: None, best_ask_hint: None, ..market() };
    let books = books();
    let no_books = Evidence { yes_book: None, no_book: None, ..evidence(&market, &books, 0.2) };
    let decision = judged_as(&no_books, &settings());
    assert_eq!(decision.stopped_at, Some(Gate::BookDepth));
    assert_eq!((decision.mid, decision.posterior, decision.prediction.is_some()), (None, None, false));
    assert_eq!(decision.candidate, None);
}

#[test]
fn a_candidate_by_hand() {
    let decision = judged(&market(), &books(), 0.2);
    assert_eq!(decision.stopped_at, None, "{:?}", decision.trace.last());
    assert_eq!(decision.mid, Some(0.60));
    let posterior = decision.posterior.unwrap().get();
    assert!((posterior - 0.4338).abs() < 1e-4, "{posterior}");
    let candidate = decision.candidate.unwrap();
    assert_eq!((candidate.outcome, candidate.token.as_str()), (Outcome::No, "22"));
    assert!((candidate.win_probability.get() - (1.0 - posterior)).abs() < 1e-12);
    assert!((candidate.ask_vwap - 0.41).abs() < 1e-9);
    // 0.41 + 0.04 × 0.41 × 0.59
    assert!((candidate.cost - 0.419_676).abs() < 1e-9);
    assert!((candidate.edge - (1.0 - posterior - 0.419_676)).abs() < 1e-9);
    assert!((candidate.effective_edge - 0.75 * candidate.edge).abs() < 1e-12);
    // Own side's asks up to 0.42, not both mirrored books: 1000 × 0.41 + 5000 × 0.42.
    assert_eq!(candidate.depth, usd("2510"));
    let gates: Vec<Gate> = decision.trace.iter().map(|record| record.gate).collect();
    let asked: Vec<Gate> = Gate::ALL.into_iter().filter(|gate| !gate.is_for_copies()).take(12).collect();
    assert_eq!(gates, asked, "gates of copied trades are not asked of a forecast");
}

#[test]
fn the_judging_gates_name_what_stopped_them() {
    let strict = |change: fn(&mut GateSettings)| {
        let mut settings = settings();
        change(&mut settings);
        settings
    };
    // forecast, settings, gate, still scored
    let table = [
        (0.58, settings(), Gate::EffectiveEdge),
        (0.95, settings(), Gate::YesBlock),
        (0.2, strict(|s| s.min_book_depth = usd("2511")), Gate::BookDepth),
        (0.2, strict(|s| s.ensemble_min_effective_edge = 0.2), Gate::EffectiveEdge),
        (0.2, strict(|s| s.min_bet_price = 0.42), Gate::EntryPrice),
        (0.2, strict(|s| s.min_kelly_size = 0.5), Gate::KellySize),
    ];
    for (probability, settings, gate) in table {
        let (market, books) = (market(), books());
        let decision = judged_as(&evidence(&market, &books, probability), &settings);
        assert_eq!(decision.stopped_at, Some(gate), "{probability}");
        assert!(decision.is_scored() && decision.posterior.is_some() && decision.candidate.is_some());
        let last = decision.trace.last().unwrap();
        assert!(last.gate == gate && !last.passed && !last.reason.is_empty());
    }
    let (market, books) = (market(), books());
    let silent = Evidence { prediction: None, ..evidence(&market, &books, 0.2) };
    assert_eq!(judged_as(&silent, &settings()).stopped_at, Some(Gate::Forecast));
}

#[test]
fn floors_and_the_yes_block_go_by_source() {
    let (market, books) = (market(), books());
    let by = |source, probability| Evidence { source, ..evidence(&market, &books, probability) };
    // An LLM forecast of 0.95 anchors at 0.75: effective edge ~0.10 on Yes, which only the ensemble must not buy.
    assert_eq!(judged_as(&by(SignalSource::LlmConsensus, 0.95), &settings()).stopped_at, None);
    assert_eq!(judged_as(&by(SignalSource::Ensemble, 0.95), &settings()).stopped_at, Some(Gate::YesBlock));
    // A weaker one passes the ensemble's floor of 0.02 but not the 0.08 of the others.
    assert_eq!(judged_as(&by(SignalSource::Ensemble, 0.35), &settings()).stopped_at, None);
    assert_eq!(judged_as(&by(SignalSource::News, 0.35), &settings()).stopped_at, Some(Gate::EffectiveEdge));
    // A copied trade keeps its measured probability and its side.
    let copied = Evidence { only: Some(Outcome::Yes), ..by(SignalSource::CopyTrade, 0.80) };
    let decision = judged_as(&copied, &settings());
    assert_eq!(decision.posterior.map(f64::from), Some(0.80));
    assert_eq!(decision.candidate.unwrap().token.as_str(), "11");
}

#[test]
fn unusable_books_are_named() {
    let sound = books();
    let ask = |price| vec![level(price, "5000")];
    let empty = book("11", vec![], vec![]);
    let table = [
        ((empty.clone(), sound.1.clone()), Outcome::Yes, BookFault::Empty),
        ((book("11", vec![], ask("0.6")), sound.1.clone()), Outcome::Yes, BookFault::OneSided),
        ((book("11", ask("0.7"), ask("0.6")), sound.1.clone()), Outcome::Yes, BookFault::Crossed),
        ((book("11", ask("0.01"), ask("0.99")), sound.1.clone()), Outcome::Yes, BookFault::Ghost),
        ((sound.0.clone(), empty), Outcome::No, BookFault::Empty),
        ((sound.0.clone(), book("22", ask("0.01"), ask("0.99"))), Outcome::No, BookFault::Ghost),
    ];
    for (books, outcome, fault) in table {
        let decision = judged(&market(), &books, 0.2);
        assert_eq!(decision.stopped_at, Some(Gate::BookDepth), "{fault:?}");
        assert_eq!(book_fault(&decision), Some((outcome, fault)));
        assert_eq!(decision.candidate, None);
        assert_eq!(decision.is_scored(), outcome == Outcome::No, "scored whenever there is a midpoint");
    }
    // The other side's broken book does not matter.
    let broken_no = (sound.0, book("22", vec![], vec![]));
    assert_eq!(judged(&market(), &broken_no, 0.95).stopped_at, Some(Gate::YesBlock));
    assert_eq!(book_fault(&judged(&market(), &books(), 0.58)), None);
}

#[test]
fn the_book_overrules_the_listed_price() {
    let market = Market { yes_price_hint: Some("0.90".parse().unwrap()), ..market() };
    let far = (
        book("11", vec![level("0.97", "500")], vec![level("0.98", "500")]),
        book("22", vec![level("0.02", "500")], vec![level("0.03", "500")]),
    );
    let decision = judged(&market, &far, 0.9);
    assert_eq!(decision.stopped_at, Some(Gate::PriceRange));
    assert_eq!(decision.trace.len(), 5);
    assert_eq!(decision.trace.last().and_then(|record| record.measured), Some(0.975));
    assert!(decision.is_scored());
}
