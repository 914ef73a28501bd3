//! What was kept of a candidate is enough: plans, bets and money come out as they did live.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::*;
use crate::backtest::{BacktestSettings, Desk};
use crate::book::OrderBook;
use crate::chance::SplitMix64;
use crate::market::{ConditionId, Market, MarketGroupId, MarketId, Outcome, OutcomeToken};
use crate::pipeline::samples::{book, evidence, level, market, now, prediction, usd, view};
use crate::pipeline::{Circumstances, GateSettings, ListedMarket, best_first, candidate_limit, judge, plan, screen};
use crate::position::PositionStatus;
use crate::prediction::SignalSource;
use crate::settlement::Payouts;
use crate::strategy::StrategyProfile;

const SEED: u64 = 7;

fn gates() -> GateSettings {
    GateSettings { lr_damping: 1.0, ..GateSettings::default() }
}

fn terms() -> Terms {
    Terms { gates: gates(), bankroll: usd("300") }
}

fn balanced() -> StrategyProfile {
    StrategyProfile::built_in("balanced").unwrap()
}

/// Market `n` of event `n / 2`.
fn numbered(n: u64) -> Market {
    Market {
        id: MarketId::new(format!("{n}")),
        condition_id: ConditionId::new(format!("0x{n:064x}")),
        group_id: Some(MarketGroupId::new(format!("g{}", n / 2))),
        tokens: vec![OutcomeToken::new(format!("{n}1")), OutcomeToken::new(format!("{n}2"))],
        end_at: Some(now() + TimeDelta::days(12)),
        best_bid_hint: None,
        best_ask_hint: None,
        ..market()
    }
}

/// Books of both tokens around a Yes price of `cents`.
fn priced(market: &Market, cents: u64, shares: u64) -> (OrderBook, OrderBook) {
    let side = |token: usize, cents: u64| {
        let at = |cents: u64, shares: u64| level(&format!("0.{cents:02}"), &shares.to_string());
        let asks = vec![at(cents + 1, shares), at(cents + 2, shares * 3), at(cents + 5, 900)];
        book(market.tokens[token].as_str(), vec![at(cents - 1, 500)], asks)
    };
    (side(0, cents), side(1, 100 - cents))
}

#[test]
fn a_candidate_is_planned_as_it_was() {
    let market = numbered(4);
    let books = priced(&market, 60, 125);
    let evidence = evidence(&market, &books, 0.2);
    let trace = screen(&market, SignalSource::Ensemble, now(), &gates()).unwrap();
    let mut decided = [judge(&evidence, trace, usd("5"), &gates())];
    candidate_limit(&mut decided, 3);
    let [mut decision] = decided;
    let logged = LoggedCandidate::of(&decision, &books.1, &gates()).unwrap();
    // As it is stored and read back.
    let logged: LoggedCandidate = serde_json::from_str(&serde_json::to_string(&logged).unwrap()).unwrap();
    let views = ["aggressive", "balanced", "conservative"].map(view);
    plan(&mut decision, &evidence, &Circumstances::new(&views), &gates()).unwrap();
    let mut again = logged.decision(now(), &gates()).unwrap();
    let (listed, own) = (logged.market(), logged.own_book(now()));
    let evidence = crate::pipeline::Evidence { market: &listed, yes_book: None, no_book: Some(&own), ..evidence };
    plan(&mut again, &evidence, &Circumstances::new(&views), &gates()).unwrap();
    assert_eq!(again.plans, decision.plans);
}

#[test]
fn what_a_market_gate_stopped_is_not_kept() {
    let market = numbered(4);
    let books = priced(&market, 60, 125);
    // Agrees with the market: no edge.
    let evidence = evidence(&market, &books, 0.6);
    let trace = screen(&market, SignalSource::Ensemble, now(), &gates()).unwrap();
    let decision = judge(&evidence, trace, usd("5"), &gates());
    assert!(decision.stopped_at.is_some());
    assert_eq!(LoggedCandidate::of(&decision, &books.1, &gates()), None);
}

/// A made-up month: what the desk of the backtest did in it with real listings and books, and what was kept of it.
struct Month {
    desk: Desk,
    scans: Vec<LoggedScan>,
    resolutions: Vec<KnownResolution>,
    until: DateTime<Utc>,
}

fn month(seed: u64, profile: &StrategyProfile, rounds: u64) -> Month {
    let mut chance = SplitMix64::new(seed);
    let settings =
        BacktestSettings { max_candidates: 4, ..BacktestSettings::new(gates(), vec![profile.clone()], usd("300")) };
    let mut desk = Desk::new(&settings, now());
    let (mut scans, mut resolutions, mut at) = (Vec::new(), Vec::new(), now());
    for round in 0..rounds {
        at = now() + TimeDelta::hours(i64::try_from(round * 7).unwrap());
        let markets: Vec<Market> = (round / 3 * 4..round / 3 * 4 + 6).map(numbered).collect();
        let ending = |market: &Market| Market { end_at: Some(at + TimeDelta::days(2)), ..market.clone() };
        let markets: Vec<Market> = markets.iter().map(ending).collect();
        let mut draw = |low: usize, high: usize| u64::try_from(low + chance.below(high - low)).unwrap();
        let books: Vec<_> = markets.iter().map(|market| priced(market, draw(30, 70), draw(5, 400))).collect();
        let forecasts: Vec<f64> = markets.iter().map(|_| draw(5, 95) as f64 / 100.0).collect();
        let listed: Vec<ListedMarket<'_>> = markets
            .iter()
            .zip(&books)
            .zip(&forecasts)
            .zip(0_u32..)
            .map(|(((market, books), p), n)| ListedMarket {
                market,
                number: (n, n),
                yes_book: Some(&books.0),
                no_book: Some(&books.1),
                prediction: Some(prediction(*p)),
            })
            .collect();
        let decisions = desk.scan(&listed, &settings.cycle(at));
        let candidates = best_first(&decisions)
            .into_iter()
            .filter_map(|index| {
                let own = match decisions[index].candidate.as_ref()?.outcome {
                    Outcome::Yes => &books[index].0,
                    Outcome::No => &books[index].1,
                };
                LoggedCandidate::of(&decisions[index], own, &gates())
            })
            .collect();
        scans.push(LoggedScan { at, candidates });
        if round % 3 == 2 {
            for market in &markets {
                let payouts = if draw(0, 2) == 0 { Payouts::YES } else { Payouts::NO };
                let at = at + TimeDelta::minutes(30);
                desk.settle(&market.condition_id, payouts, at);
                resolutions.push(KnownResolution { condition_id: market.condition_id.clone(), payouts, at });
            }
        }
    }
    Month { desk, scans, resolutions, until: at + TimeDelta::hours(1) }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn the_same_bets_and_money_as_by_real_listings_and_books(seed in any::<u64>(), name in 0_usize..3) {
        let profile = StrategyProfile::built_in(["aggressive", "balanced", "conservative"][name]).unwrap();
        let Month { desk, scans, resolutions, until } = month(seed, &profile, 30);
        let window = Window::new(scans, resolutions, until);
        let got = simulate(&window, &profile, &terms(), &Marks::new(), SEED).figures;
        let bets = desk.bets();
        prop_assert_eq!(got.bets as usize, bets.len());
        prop_assert_eq!(got.staked, bets.iter().map(|bet| bet.stake).sum());
        let ended = bets.iter().filter(|bet| bet.status != PositionStatus::Open);
        prop_assert_eq!(got.settled_pnl, ended.map(|bet| bet.pnl).sum());
        let markets: BTreeSet<u32> = bets.iter().map(|bet| bet.market).collect();
        prop_assert!(got.signals as usize >= markets.len());
        prop_assert!((0.0..=1.0).contains(&got.drawdown));
    }

    #[test]
    fn the_same_thresholds_differ_in_nothing_and_the_order_of_rows_does_not_count(seed in any::<u64>()) {
        let Month { mut scans, mut resolutions, until, .. } = month(seed, &balanced(), 12);
        let window = Window::new(scans.clone(), resolutions.clone(), until);
        let same = preview(&window, &balanced(), &Thresholds::of(&balanced()), &terms(), &Marks::new());
        prop_assert!(same.changed.is_none() && same.difference.is_none());
        scans.reverse();
        resolutions.reverse();
        let turned = Window::new(scans, resolutions, until);
        let other = preview(&turned, &balanced(), &Thresholds::of(&balanced()), &terms(), &Marks::new());
        prop_assert_eq!(other.now, same.now);
    }
}

#[test]
fn a_change_is_judged_by_the_events_that_came_out_differently() {
    let Month { scans, resolutions, until, .. } = month(3, &balanced(), 30);
    let window = Window::new(scans, resolutions, until);
    let stricter = Thresholds::of(&balanced()).with(Threshold::MinEdge, 1_500).unwrap();
    let got = preview(&window, &balanced(), &stricter, &terms(), &Marks::new());
    let (now, changed, difference) = (got.now, got.changed.unwrap(), got.difference.unwrap());
    assert!(changed.signals < now.signals && changed.bets < now.bets, "{changed:?} {now:?}");
    let settled = (changed.settled_pnl - now.settled_pnl).to_f64();
    assert!((difference.pnl - settled).abs() < 1e-5);
    assert_eq!((difference.judgement, difference.ci95), (Judgement::TooFew, None));
    assert!(difference.events > 0 && difference.events < difference.needed);
}

#[test]
fn open_bets_are_worth_their_last_midpoint_and_told_apart() {
    let Month { scans, until, .. } = month(5, &balanced(), 2);
    let window = Window::new(scans, Vec::new(), until);
    let at_cost = simulate(&window, &balanced(), &terms(), &Marks::new(), SEED).figures;
    assert!(at_cost.open > 0 && at_cost.open == at_cost.bets);
    assert_eq!((at_cost.settled_pnl, at_cost.events, at_cost.returns), (usd("0"), 0, None));
    // Only fees are lost at cost.
    assert!(at_cost.open_pnl < usd("0") && at_cost.open_pnl > usd("-5"));
    let lost: Marks = window.unresolved().map(|condition| (condition.clone(), 0.5)).collect();
    let marked = simulate(&window, &balanced(), &terms(), &lost, SEED).figures;
    assert_ne!(marked.open_pnl, at_cost.open_pnl);
    assert_eq!(marked.drawdown, at_cost.drawdown);
}

#[test]
fn nothing_recorded_says_nothing() {
    let window = Window::new(Vec::new(), Vec::new(), now());
    let changed = Thresholds::of(&balanced()).with(Threshold::MinEdge, 500).unwrap();
    let got = preview(&window, &balanced(), &changed, &terms(), &Marks::new());
    assert_eq!((got.since, got.scans, got.now.bets), (None, 0, 0));
    assert_eq!(got.difference.unwrap().judgement, Judgement::Same);
}
