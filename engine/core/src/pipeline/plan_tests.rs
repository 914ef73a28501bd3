use chrono::TimeDelta;
use proptest::prelude::*;

use super::samples::*;
use super::tests::{REFERENCE, judged, judged_as, settings};
use super::*;
use crate::book::OrderBook;
use crate::kelly::kelly_fraction;
use crate::market::{Market, Outcome};
use crate::signal::Decision;
use crate::strategy::BookMode;

fn planned(views: &[BookView]) -> (Decision, Option<GatedSignal>) {
    let (market, books) = (market(), books());
    let evidence = evidence(&market, &books, 0.2);
    let mut decision = judged_as(&evidence, &settings());
    let signal = plan(&mut decision, &evidence, &Circumstances::new(views), &settings());
    (decision, signal)
}

#[test]
fn every_book_decides_for_itself() {
    let mut views = ["aggressive", "balanced", "conservative"].map(view);
    views[2].profile.min_bet = usd("10");
    let (decision, signal) = planned(&views);
    assert_eq!(signal.as_ref().map(|signal| signal.takers().count()), Some(3), "{:?}", decision.plans);
    let candidate = decision.candidate.as_ref().unwrap();
    for (plan, view) in decision.plans.iter().zip(&views) {
        let q = candidate.win_probability.get();
        let cost = (plan.stake + plan.fee).to_f64() / plan.shares.to_f64();
        let kelly = 300.0 * kelly_fraction(q, cost) * view.profile.kelly_multiplier;
        assert!((plan.stake.to_f64() - kelly).abs() < 0.02, "{} against {kelly}", plan.stake);
        assert!((plan.edge - (q - cost)).abs() < 1e-9);
        assert_eq!(plan.trace.len(), 8);
    }
    views[0].mode = BookMode::Paused;
    views[1].open_groups.insert(market().cluster());
    views[2].bets_today = 3;
    let (decision, signal) = planned(&views);
    let stops: Vec<Option<Gate>> = decision.plans.iter().map(|plan| plan.stopped_at).collect();
    assert_eq!(stops, [Some(Gate::Paused), Some(Gate::OpenPosition), Some(Gate::DailyLimit)]);
    assert!(signal.is_none() && decision.plans.iter().all(|plan| plan.stake == usd("0")));
    assert_eq!(decision.final_gate(), Some(Gate::DailyLimit));
}

#[test]
fn a_book_stops_at_its_own_thresholds() {
    type Case = (fn(&mut BookView), Gate);
    let cases: [Case; 5] = [
        (|view| view.profile.min_edge = 0.2, Gate::MinEdge),
        (|view| view.profile.min_confidence = 0.8, Gate::MinConfidence),
        (|view| view.cash = usd("20"), Gate::MinBet),
        (|view| view.cash = usd("0"), Gate::MinBet),
        (|view| view.profile.min_bet = usd("100"), Gate::MinBet),
    ];
    for (change, gate) in cases {
        let mut view = view("balanced");
        change(&mut view);
        let (decision, _) = planned(&[view]);
        assert_eq!(decision.plans[0].stopped_at, Some(gate), "{:?}", decision.plans[0].trace.last());
    }
}

#[test]
fn caps_depth_and_the_end_bound_the_stake() {
    let (market, books) = (market(), books());
    let evidence = evidence(&market, &books, 0.2);
    let mut views = [view("aggressive")];
    let stake = |settings: &GateSettings, views: &[BookView]| {
        let mut decision = judged_as(&evidence, settings);
        plan(&mut decision, &evidence, &Circumstances::new(views), settings);
        decision.plans[0].stake
    };
    let whole = stake(&settings(), &views);
    let mut capped = settings();
    capped.caps.per_event = Some(usd("30"));
    assert!(stake(&capped, &views) <= usd("30") && stake(&capped, &views) > usd("29.9"));
    views[0].exposure.by_group.insert(market.cluster(), usd("20"));
    assert!(stake(&capped, &views) <= usd("10") && stake(&capped, &views) > usd("9.9"));
    capped.caps = ExposureCaps { per_category: Some(usd("15")), ..ExposureCaps::default() };
    views[0].exposure.by_category.insert("politics".to_owned(), usd("9"));
    assert!(stake(&capped, &views) <= usd("6"));
    let far = Market { end_at: Some(now() + TimeDelta::days(12)), ..market.clone() };
    let far_evidence = Evidence { market: &far, ..evidence.clone() };
    let mut decision = judged_as(&far_evidence, &settings());
    plan(&mut decision, &far_evidence, &Circumstances::new(&[view("aggressive")]), &settings());
    assert!((decision.plans[0].stake.to_f64() - whole.to_f64() / 2.0).abs() < 0.1);
}

#[test]
fn duplicates_and_correlation_stop_a_signal_and_planning_can_be_repeated() {
    let (market, books) = (market(), books());
    let evidence = evidence(&market, &books, 0.2);
    let views = [view("balanced")];
    let mut decision = judged_as(&evidence, &settings());
    let plain = Circumstances::new(&views);
    let muted = Circumstances { duplicate: Some("muted".to_owned()), ..plain.clone() };
    assert!(plan(&mut decision, &evidence, &muted, &settings()).is_none());
    assert_eq!((decision.stopped_at, decision.plans.len()), (Some(Gate::Duplicate), 0));
    let verdict = Correlation { blocked: true, reason: "same bill as #4".to_owned() };
    let blocked = Circumstances { correlation: Some(verdict), ..plain.clone() };
    assert!(plan(&mut decision, &evidence, &blocked, &settings()).is_none());
    assert_eq!(decision.final_gate(), Some(Gate::Correlation));
    assert_eq!(decision.plans[0].trace.last().unwrap().reason, "same bill as #4");
    let signal = plan(&mut decision, &evidence, &plain, &settings()).unwrap();
    assert_eq!(signal.decision(), &decision);
    let half = Circumstances { share: 0.5, ..plain };
    let whole = decision.plans[0].stake.to_f64();
    plan(&mut decision, &evidence, &half, &settings()).unwrap();
    assert!((decision.plans[0].stake.to_f64() - whole / 2.0).abs() < 0.01);
}

#[test]
fn only_the_best_of_a_cycle_go_on() {
    let mut decisions: Vec<Decision> = [0.40, 0.2, 0.58, 0.3]
        .iter()
        .enumerate()
        .map(|(index, probability)| {
            let market = Market { id: crate::market::MarketId::new(index.to_string()), ..market() };
            judged(&market, &books(), *probability)
        })
        .collect();
    candidate_limit(&mut decisions, 2);
    let stops: Vec<Option<Gate>> = decisions.iter().map(|decision| decision.stopped_at).collect();
    assert_eq!(stops, [Some(Gate::CandidateLimit), None, Some(Gate::EffectiveEdge), None]);
}

#[test]
fn approval_judges_again_with_the_forecast_made_then() {
    let (market, books) = (market(), books());
    let views = [view("balanced")];
    let circumstances = Circumstances::new(&views);
    let (stored, _) = planned(&views);
    let again = |market: &Market, books: &(OrderBook, OrderBook)| {
        let fresh = Evidence { prediction: None, ..evidence(market, books, 0.5) };
        recheck(&stored, &fresh, &circumstances, usd(REFERENCE), &settings())
    };
    let same = again(&market, &books);
    assert_eq!((same.edge, same.signal.is_some()), (EdgeCheck::Holds, true));
    assert_eq!(same.decision, stored);
    let moved = |bid: &str, ask: &str, no_bid: &str, no_ask: &str| {
        let one = |price: &str| vec![level(price, "5000")];
        (book("11", one(bid), one(ask)), book("22", one(no_bid), one(no_ask)))
    };
    // The edge was ~0.15 at an ask of 0.41.
    let halved = again(&market, &moved("0.49", "0.51", "0.49", "0.51"));
    assert_eq!(halved.edge, EdgeCheck::Halved);
    assert_eq!(halved.decision.posterior, stored.posterior);
    let gone = again(&market, &moved("0.39", "0.41", "0.59", "0.61"));
    assert_eq!((gone.edge, gone.signal.is_none()), (EdgeCheck::Gone, true));
    // The side is never flipped: at this price Yes would be the better one.
    assert_eq!(gone.decision.candidate.unwrap().outcome, Outcome::No);
    let closed = again(&Market { closed: true, ..market }, &books);
    assert_eq!((closed.edge, closed.decision.stopped_at), (EdgeCheck::Gone, Some(Gate::Open)));
    assert!(closed.signal.is_none() && closed.decision.is_scored());
}

#[test]
fn exits_are_off_without_a_limit() {
    let (decision, _) = planned(&[view("balanced")]);
    let plan = &decision.plans[0];
    let fill = crate::paper::walk(
        &books().1,
        &crate::paper::Order::buy("0.42".parse().unwrap(), plan.stake, usd("300")),
        &decision.fee,
        now(),
        now(),
    )
    .unwrap();
    let position = crate::paper::accounting::open_position(&decision, &plan.book, &fill, Some(1)).unwrap();
    assert_eq!((position.outcome, position.cost), (Outcome::No, plan.stake));
    let bid = |text: &str| Some(text.parse().unwrap());
    assert!(!stop_loss(&position, bid("0.01"), None));
    assert!(!stop_loss(&position, None, Some(0.5)));
    assert!(!stop_loss(&position, bid("0.21"), Some(0.5)));
    assert!(stop_loss(&position, bid("0.20"), Some(0.5)));
    assert!(!expiry_exit(&position, now(), None) && !expiry_exit(&position, now(), Some(1.0)));
    assert!(expiry_exit(&position, now(), Some(2.0)));
}

proptest! {
    /// Whatever the market looks like: records in gate order, at most the last one failed, and the funnel adds up.
    #[test]
    fn decisions_are_well_formed_and_the_funnel_adds_up(
        cases in proptest::collection::vec(
            (0.0..=1.0_f64, 1..999_i64, 0..60_i64, 0..400_000_i64, 0..28_800_i64, any::<bool>(), 0..400_000_000_i64),
            1..20,
        ),
        max in 0..6_usize,
    ) {
        let mut decisions = Vec::new();
        for (probability, bid, spread, volume, days, sports, cash) in cases {
            let mut market = market();
            market.volume = Some(crate::money::Usd::from_micros(volume * 10_000));
            market.end_at = Some(now() + TimeDelta::minutes(days));
            if sports { market.tags.push("nfl".to_owned()); }
            let price = |mills: i64| level(&format!("0.{mills:03}"), "3000");
            let (yes, no) = ((bid, bid + spread), (1000 - bid - spread, 1000 - bid));
            let quotes = |token: &str, (bid, ask): (i64, i64)| {
                let inside = |mills: i64| if (1..1000).contains(&mills) { vec![price(mills)] } else { vec![] };
                book(token, inside(bid), inside(ask))
            };
            let books = (quotes("11", yes), quotes("22", no));
            market.yes_price_hint = crate::money::Price::from_f64((bid * 1000) as f64 / 1e6);
            let evidence = evidence(&market, &books, probability);
            let mut decision = judged_as(&evidence, &settings());
            let mut views = ["aggressive", "conservative"].map(view);
            views[1].cash = crate::money::Usd::from_micros(cash);
            if decision.stopped_at.is_none() {
                candidate_limit(std::slice::from_mut(&mut decision), max);
            }
            let signal = plan(&mut decision, &evidence, &Circumstances::new(&views), &settings());
            prop_assert_eq!(signal.is_some(), decision.final_gate().is_none() && !decision.plans.is_empty());
            for plan in &decision.plans {
                let view = views.iter().find(|view| view.profile.book == plan.book).unwrap();
                prop_assert!(plan.stake + plan.fee <= view.cash);
                prop_assert_eq!(plan.takes(), plan.stake > usd("0"));
            }
            let ordered = decision.trace.windows(2).all(|pair| pair[0].gate < pair[1].gate && pair[0].passed);
            prop_assert!(ordered);
            prop_assert_eq!(decision.trace.last().filter(|record| !record.passed).map(|record| record.gate), decision.stopped_at);
            prop_assert_eq!(decision.is_scored(), decision.mid.is_some());
            decisions.push(decision);
        }
        let steps = funnel(&decisions);
        prop_assert_eq!(steps.len(), Gate::ALL.iter().filter(|gate| !gate.is_for_copies()).count() + 2);
        prop_assert_eq!(steps[0].entered, decisions.len() as u64);
        for pair in steps.windows(2) {
            prop_assert_eq!(pair[0].passed, pair[1].entered);
            prop_assert!(pair[1].passed <= pair[1].entered);
        }
        let signals = decisions.iter().filter(|decision| decision.plans.iter().any(|plan| plan.takes())).count();
        let last = steps.last().unwrap();
        prop_assert_eq!((last.entered, last.passed), (signals as u64, signals as u64));
    }
}
