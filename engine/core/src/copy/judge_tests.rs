use chrono::TimeDelta;
use proptest::prelude::*;

use super::edge::ShrunkEdge;
use super::judge::*;
use super::order::{Action, LeaderOrder, actions};
use super::samples::fill;
use crate::book::OrderBook;
use crate::gate::Gate;
use crate::market::{ConditionId, Market, Outcome, OutcomeToken, Side};
use crate::pipeline::samples::{book, books, level, market, now, usd, view};
use crate::pipeline::{BookView, EdgeCheck, Evidence, GateSettings, recheck};
use crate::prediction::SignalSource;
use crate::signal::Decision;

fn order(token: &str, side: Side, shares: &str, price: &str, age: i64) -> LeaderOrder {
    let mut row = fill("0xa", token, 0, 0, side, shares, price);
    row.at = now() - TimeDelta::seconds(age);
    match actions([row]).into_iter().next() {
        Some(Action::Order(order)) => order,
        other => panic!("{other:?}"),
    }
}

fn terms() -> FollowTerms {
    FollowTerms {
        name: "Ann".to_owned(),
        sizing: CopySizing::Kelly,
        shadow: false,
        caps: CopyCaps::default(),
        edge: ShrunkEdge { edge: 0.15, kept: 0.5, price_variance: 0.24 },
        portfolio: Some(usd("10000")),
    }
}

fn proportional() -> FollowTerms {
    FollowTerms { sizing: CopySizing::Proportional { multiplier: 1.0 }, edge: ShrunkEdge::NONE, ..terms() }
}

fn copies() -> BookView {
    let mut view = view("balanced");
    (view.profile.min_edge, view.profile.min_confidence) = (0.0, 0.0);
    view
}

fn evidence<'a>(market: &'a Market, books: &'a (OrderBook, OrderBook)) -> Evidence<'a> {
    Evidence { prediction: None, ..crate::pipeline::samples::evidence(market, books, 0.5) }
}

fn judged(order: &LeaderOrder, terms: &FollowTerms, view: &BookView, exposure: &CopyExposure) -> CopyPlan {
    let (market, books) = (market(), books());
    judge_copy(order, &evidence(&market, &books), terms, view, exposure, None, &GateSettings::default())
}

fn skipped(plan: CopyPlan) -> Decision {
    match plan {
        CopyPlan::Skip(decision) => *decision,
        other @ (CopyPlan::Mirror(_) | CopyPlan::Shadow(_) | CopyPlan::NotACopy(_)) => panic!("{other:?}"),
    }
}

fn mirrored(plan: CopyPlan) -> Decision {
    match plan {
        CopyPlan::Mirror(signal) => signal.into_decision(),
        other @ (CopyPlan::Skip(_) | CopyPlan::Shadow(_) | CopyPlan::NotACopy(_)) => panic!("{other:?}"),
    }
}

#[test]
fn a_no_buy_is_mirrored_as_no() {
    let plan = judged(&order("22", Side::Buy, "1000", "0.40", 20), &terms(), &copies(), &CopyExposure::default());
    let decision = mirrored(plan);
    assert_eq!(decision.source, SignalSource::CopyTrade);
    let candidate = decision.candidate.as_ref().unwrap();
    assert_eq!((candidate.outcome, candidate.token.as_str()), (Outcome::No, "22"));
    // His 0.40 and an edge of 0.15 measured where p(1 − p) = 0.24: 0.55, against 0.41 + 0.04 × 0.41 × 0.59.
    assert!((candidate.win_probability.get() - 0.55).abs() < 1e-9);
    assert!((candidate.edge - (0.55 - 0.419_676)).abs() < 1e-9);
    // The stored probability is of Yes.
    assert!((decision.posterior.unwrap().get() - 0.45).abs() < 1e-9);
    let plan = decision.plans.first().unwrap();
    // A quarter of (0.55 − c) / (1 − c) of $300, about; the stake walks one level only.
    assert!(
        (plan.stake.to_f64() - 300.0 * 0.25 * (0.55 - 0.419_676) / (1.0 - 0.419_676)).abs() < 0.02,
        "{}",
        plan.stake
    );
    let gates: Vec<Gate> = decision.trace.iter().map(|record| record.gate).collect();
    let due = |gate: &Gate| *gate <= Gate::Duplicate && *gate != Gate::CandidateLimit;
    assert_eq!(gates, Gate::ALL.into_iter().filter(due).collect::<Vec<_>>());
}

#[test]
fn old_trades_and_moved_prices_are_skipped_with_the_numbers() {
    // age, his price for Yes (the ask is 0.61), gate, measured
    let table = [
        (301, "0.60", Some((Gate::Staleness, 301.0))),
        (300, "0.60", None),
        (20, "0.55", Some((Gate::Drift, 0.06))),
        (20, "0.56", None),
        (20, "0.67", Some((Gate::Drift, 0.06))),
        (20, "0.66", None),
        (400, "0.10", Some((Gate::Staleness, 400.0))),
    ];
    for (age, price, stopped) in table {
        let plan =
            judged(&order("11", Side::Buy, "500", price, age), &proportional(), &copies(), &CopyExposure::default());
        let Some((gate, measured)) = stopped else {
            mirrored(plan);
            continue;
        };
        let decision = skipped(plan);
        assert_eq!(decision.stopped_at, Some(gate), "{age} s, {price}");
        let last = decision.trace.last().unwrap();
        assert!((last.measured.unwrap() - measured).abs() < 1e-9 && !last.passed, "{last:?}");
    }
    let decision =
        skipped(judged(&order("11", Side::Buy, "500", "0.55", 20), &terms(), &copies(), &CopyExposure::default()));
    assert_eq!(decision.reason(), "ask 0.61 is 6.0 ¢ above the trader's 0.55, beyond 5 ¢");
}

#[test]
fn only_buys_of_the_markets_own_tokens_are_copied() {
    let none = CopyExposure::default();
    let no_portfolio = FollowTerms { portfolio: None, ..proportional() };
    let table = [
        (order("11", Side::Sell, "500", "0.60", 20), terms(), NotACopy::Sale),
        (order("33", Side::Buy, "500", "0.60", 20), terms(), NotACopy::ForeignToken),
        (order("11", Side::Buy, "500", "1", 20), terms(), NotACopy::Empty),
        (order("11", Side::Buy, "500", "0.60", 20), no_portfolio, NotACopy::NoPortfolio),
    ];
    for (order, terms, reason) in table {
        assert_eq!(judged(&order, &terms, &copies(), &none), CopyPlan::NotACopy(reason));
    }
}

#[test]
fn conviction_kelly_and_shadow() {
    let none = CopyExposure::default();
    // He puts $300 of his $10,000 in: 3 % of our $300.
    let buy = order("11", Side::Buy, "500", "0.60", 20);
    let decision = mirrored(judged(&buy, &proportional(), &copies(), &none));
    let plan = decision.plans.first().unwrap();
    assert!((plan.stake.to_f64() - 9.0).abs() < 0.01, "{}", plan.stake);
    assert!(
        decision.trace.iter().any(|record| record.gate == Gate::EffectiveEdge && record.reason.contains("conviction"))
    );
    // By Kelly nothing is staked without an edge.
    let unmeasured = FollowTerms { edge: ShrunkEdge::NONE, ..terms() };
    assert_eq!(skipped(judged(&buy, &unmeasured, &copies(), &none)).stopped_at, Some(Gate::EffectiveEdge));
    // On probation nothing need be known of him, no cap applies, and the stake is always the same.
    let caps = CopyCaps { per_trade: Some(usd("1")), ..CopyCaps::default() };
    let shadow = FollowTerms { shadow: true, portfolio: None, caps, ..unmeasured };
    for sizing in [CopySizing::Kelly, proportional().sizing] {
        let held = [("0xelsewhere".to_owned(), usd("30"))].map(|(id, cost)| (ConditionId::new(id), cost));
        let view = trial_view(&copies().profile, held.into());
        let plan = judged(&buy, &FollowTerms { sizing, ..shadow.clone() }, &view, &none);
        let CopyPlan::Shadow(signal) = plan else { panic!("{plan:?}") };
        let stake = signal.takers().next().unwrap().stake;
        assert!((TRIAL_STAKE - stake).to_f64() < 0.01, "{stake}");
        let copied = signal.decision().copied.clone().unwrap();
        assert_eq!((copied.trader.name.as_str(), copied.shares.to_string().as_str()), ("Ann", "500"));
    }
    // The rest of the pipeline is asked all the same.
    let stale = order("11", Side::Buy, "500", "0.60", 301);
    let view = trial_view(&copies().profile, std::collections::BTreeMap::new());
    assert_eq!(skipped(judged(&stale, &shadow, &view, &none)).stopped_at, Some(Gate::Staleness));
    let view = trial_view(&copies().profile, [(market().condition_id, usd("10"))].into());
    assert_eq!(skipped(judged(&buy, &shadow, &view, &none)).final_gate(), Some(Gate::OpenPosition));
    // All in is not taken over.
    let all_in = FollowTerms { portfolio: Some(usd("300")), ..proportional() };
    let decision = mirrored(judged(&buy, &all_in, &copies(), &none));
    assert!((decision.plans.first().unwrap().stake.to_f64() - 75.0).abs() < 0.01);
}

#[test]
fn every_cap_binds_and_is_named() {
    let all_in = FollowTerms { portfolio: Some(usd("300")), ..proportional() };
    let buy = order("11", Side::Buy, "500", "0.60", 20);
    let cap = |change: fn(&mut CopyCaps)| {
        let mut caps = CopyCaps::default();
        change(&mut caps);
        FollowTerms { caps, ..all_in.clone() }
    };
    let held = CopyExposure { trader: usd("30"), today: usd("20") };
    let mut elsewhere = copies();
    elsewhere.exposure.by_group.insert(market().cluster(), usd("25"));
    let table = [
        (cap(|c| c.per_trade = Some(usd("12"))), 12.0, "trade cap"),
        (cap(|c| c.per_trader = Some(usd("40"))), 10.0, "trader cap"),
        (cap(|c| c.per_day = Some(usd("31"))), 11.0, "day cap"),
        (cap(|c| c.per_market = Some(usd("13"))), 13.0, "market cap"),
        (cap(|c| c.per_event = Some(usd("39"))), 14.0, "event cap"),
    ];
    for (terms, stake, name) in table {
        let decision = mirrored(judged(&buy, &terms, &elsewhere, &held));
        let plan = decision.plans.first().unwrap();
        assert!((plan.stake.to_f64() - stake).abs() < 0.01, "{name}: {}", plan.stake);
        let min_bet = plan.trace.iter().find(|record| record.gate == Gate::MinBet).unwrap();
        assert!(min_bet.reason.contains(name), "{}", min_bet.reason);
    }
    let spent = cap(|c| c.per_trader = Some(usd("30")));
    let decision = skipped(judged(&buy, &spent, &copies(), &held));
    assert_eq!(decision.final_gate(), Some(Gate::MinBet));
    // One copy a market; the event may hold more.
    let mut there = copies();
    there.exposure.by_market.insert(market().condition_id, usd("5"));
    assert_eq!(skipped(judged(&buy, &all_in, &there, &held)).final_gate(), Some(Gate::OpenPosition));
    let mut same_event = copies();
    same_event.open_groups.insert(market().cluster());
    mirrored(judged(&buy, &all_in, &same_event, &CopyExposure::default()));
}

#[test]
fn approval_asks_staleness_and_drift_again() {
    let (market, books) = (market(), books());
    let buy = order("11", Side::Buy, "500", "0.60", 20);
    let stored = mirrored(judged(&buy, &proportional(), &copies(), &CopyExposure::default()));
    let copied =
        crate::pipeline::CopiedTrade { price: "0.60".parse().unwrap(), traded_at: buy.last_at, conviction: Some(0.03) };
    let views = [copies()];
    let again = |evidence: &Evidence<'_>| {
        let circumstances = crate::pipeline::Circumstances::new(&views);
        recheck(&stored, evidence, &circumstances, usd("5"), &GateSettings::default())
    };
    let fresh = Evidence { copied: Some(copied), ..evidence(&market, &books) };
    let held = again(&fresh);
    assert!(held.signal.is_some() && held.edge == EdgeCheck::Holds, "{:?}", held.decision.reason());
    let late = again(&Evidence { at: now() + TimeDelta::seconds(290), ..fresh.clone() });
    assert_eq!((late.decision.stopped_at, late.edge, late.signal), (Some(Gate::Staleness), EdgeCheck::Gone, None));
    let moved = (book("11", vec![level("0.64", "900")], vec![level("0.66", "900")]), books.1.clone());
    let moved = Evidence { copied: Some(copied), ..evidence(&market, &moved) };
    assert_eq!(again(&moved).decision.stopped_at, Some(Gate::Drift));
    // Whoever leaves the copied trade out gets no proof.
    assert!(again(&evidence(&market, &books)).signal.is_none());
}

proptest! {
    #[test]
    fn what_is_mirrored_is_his_token_fresh_and_near_his_price(
        no in any::<bool>(), cents in 1..100_i64, age in 0..600_i64, edge in -0.2..0.4_f64, by_kelly in any::<bool>(), cap in 1..100_i64,
    ) {
        let token = if no { "22" } else { "11" };
        let price = format!("{}", cents as f64 / 100.0);
        let order = order(token, Side::Buy, "500", &price, age);
        let sizing = if by_kelly { CopySizing::Kelly } else { CopySizing::Proportional { multiplier: 2.0 } };
        let cap = usd(&cap.to_string());
        let caps = CopyCaps { per_trade: Some(cap), ..CopyCaps::default() };
        let edge = ShrunkEdge { edge, kept: 1.0, price_variance: 0.2 };
        let terms = FollowTerms { sizing, caps, edge, ..terms() };
        match judged(&order, &terms, &copies(), &CopyExposure::default()) {
            CopyPlan::Mirror(signal) => {
                let candidate = signal.decision().candidate.clone().unwrap();
                prop_assert_eq!(&candidate.token, &OutcomeToken::new(token));
                prop_assert!(age <= 300);
                prop_assert!((candidate.ask_vwap - cents as f64 / 100.0).abs() <= 0.05 + 1e-6);
                for plan in signal.takers() {
                    prop_assert!(plan.stake <= cap && plan.stake >= usd("4.98"));
                }
                prop_assert!(!by_kelly || candidate.edge > 0.0);
            }
            CopyPlan::Skip(decision) => prop_assert!(!decision.reason().is_empty() && decision.final_gate().is_some()),
            other @ (CopyPlan::Shadow(_) | CopyPlan::NotACopy(_)) => prop_assert_eq!(other, CopyPlan::NotACopy(NotACopy::Empty)),
        }
    }
}
