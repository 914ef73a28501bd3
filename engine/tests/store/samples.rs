//! Values the tests are made of.

use chrono::{DateTime, TimeDelta, Utc};
use engine::recipient::BotId;
use engine::store::{CreateResult, NewBet, NewOutbox, NewSignal, SignalDecision, Store, Tried};
use engine_core::book::Level;
use engine_core::fee::{FeeModel, FeeRule};
use engine_core::fill::Fill;
use engine_core::gate::{Gate, GateRecord};
use engine_core::market::{ConditionId, MarketGroupId, MarketId, Outcome, OutcomeToken, Side};
use engine_core::money::{Price, Shares, Usd};
use engine_core::notice::{DecidedBy, SignalCard};
use engine_core::prediction::{Prediction, SignalSource};
use engine_core::probability::Probability;
use engine_core::signal::{Candidate, Decision, SignalStatus};
use engine_core::strategy::BookId;
use engine_core::tuning::LoggedScan;
use serde_json::json;

pub(crate) const CHAT: i64 = 77;
pub(crate) const BOT: BotId = BotId::new(7001);
pub(crate) const FEATURES: [f64; 3] = [0.25, -1.5, 1e-9];

/// Noon of a day, plus so many minutes.
pub(crate) fn at(minutes: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_435_200, 0).unwrap() + TimeDelta::minutes(minutes)
}

pub(crate) fn usd(text: &str) -> Usd {
    text.parse().unwrap()
}

pub(crate) fn price(text: &str) -> Price {
    text.parse().unwrap()
}

pub(crate) fn book(name: &str) -> BookId {
    BookId::new(name)
}

/// A decision to buy No of market `n`, which stands in group `group`.
pub(crate) fn decision(n: u32, group: u32) -> Decision {
    let probability = |p: f64| Probability::new(p).unwrap();
    Decision {
        at: at(0),
        source: SignalSource::Ensemble,
        model_version: Some("v1".to_owned()),
        market_id: MarketId::new(format!("{n}")),
        condition_id: ConditionId::new(format!("0x{n:064x}")),
        group_id: MarketGroupId::new(format!("g{group}")),
        question: format!("Will market {n} do 100% of \"it\"?"),
        path: format!("event/group-{group}/market-{n}"),
        category: Some("politics".to_owned()),
        end_at: Some(at(60 * 24 * 3)),
        yes_bid: Some(price("0.6")),
        yes_ask: Some(price("0.62")),
        mid: Some(0.61),
        prediction: Some(Prediction { probability: probability(0.3), learners: vec![0.25, 0.35], confidence: 0.625 }),
        posterior: Some(probability(0.5)),
        calibrated: None,
        copied: None,
        candidate: Some(Candidate {
            outcome: Outcome::No,
            token: OutcomeToken::new(format!("{n}002")),
            outcome_label: "No".to_owned(),
            win_probability: probability(0.5),
            best_ask: price("0.4"),
            ask_vwap: 0.4,
            cost: 0.41,
            edge: 0.09,
            effective_edge: 0.05625,
            kelly: 0.15,
            depth: usd("500"),
        }),
        fee: FeeModel { rule: FeeRule::Free, fallback_micros: 20_000 },
        trace: vec![GateRecord {
            gate: Gate::Volume,
            passed: true,
            measured: Some(5000.0),
            limit: Some(1000.0),
            reason: "volume $5000".to_owned(),
        }],
        stopped_at: None,
        plans: Vec::new(),
    }
}

/// The same market, stopped at a gate.
pub(crate) fn stopped(mut decision: Decision, gate: Gate) -> Decision {
    decision.trace.push(GateRecord {
        gate,
        passed: false,
        measured: None,
        limit: None,
        reason: format!("stopped at {gate}"),
    });
    decision.stopped_at = Some(gate);
    decision
}

/// A fill of `shares` at `vwap`, with a fee of one cent a share.
pub(crate) fn fill(decision: &Decision, side: Side, shares: &str, vwap: &str, when: DateTime<Utc>) -> Fill {
    let shares: Shares = shares.parse().unwrap();
    let vwap = price(vwap);
    Fill {
        token: decision.candidate.as_ref().unwrap().token.clone(),
        side,
        shares,
        vwap,
        notional: vwap.cost_of(shares),
        fee: price("0.01").cost_of(shares),
        fee_rate: 0.04,
        fee_formula: "0.04 × p(1−p) a share".to_owned(),
        mid: Some(0.39),
        book_hash: Some("abc".to_owned()),
        book_at: when - TimeDelta::milliseconds(40),
        levels: vec![Level { price: vwap, shares }],
        decided_at: when - TimeDelta::milliseconds(25),
        filled_at: when,
    }
}

pub(crate) fn bet(name: &str, decision: &Decision, shares: &str) -> NewBet {
    NewBet { book: book(name), fill: fill(decision, Side::Buy, shares, "0.4", at(1)), trader: None }
}

pub(crate) fn message(text: &str) -> NewOutbox {
    NewOutbox {
        bot: BOT,
        chat_id: CHAT,
        kind: "test".to_owned(),
        card: None,
        edit: false,
        payload: json!({ "text": text }),
        silent: false,
    }
}

pub(crate) fn card_message(card: &SignalCard) -> Vec<NewOutbox> {
    let text = format!("signal {} {} bets", card.signal_id, card.bets.len());
    vec![NewOutbox { card: Some(format!("signal:{}", card.signal_id)), edit: true, ..message(&text) }]
}

pub(crate) fn person() -> DecidedBy {
    DecidedBy::Person { user_id: 5, name: "Ada".to_owned() }
}

pub(crate) fn new_signal(decision: &Decision) -> NewSignal<'_> {
    NewSignal {
        decision,
        features: &FEATURES,
        features_version: 5,
        at: at(0),
        expires_at: at(30),
        status: SignalStatus::Pending,
        auto_bets: Vec::new(),
    }
}

/// Raises a signal that waits.
pub(crate) async fn raise(store: &Store, decision: &Decision) -> i64 {
    match store.create_signal(new_signal(decision), card_message).await.unwrap() {
        CreateResult::Created { card, .. } => card.signal_id,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn approve(id: i64, bets: Vec<NewBet>) -> SignalDecision {
    SignalDecision { id, status: SignalStatus::Approved, by: person(), at: at(1), half: false, decision: None, bets }
}

/// A scan of which nothing reached the books.
pub(crate) fn no_candidates() -> Tried {
    Tried { candidates: LoggedScan { at: at(0), candidates: Vec::new() }, bets: Vec::new() }
}

/// Two books with 300 dollars each.
pub(crate) async fn fund(store: &Store) {
    for name in ["balanced", "bold"] {
        assert!(store.ensure_book(&book(name), usd("300"), at(-5)).await.unwrap());
    }
}
