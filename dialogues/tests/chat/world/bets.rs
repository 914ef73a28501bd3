//! Signals, bets and what led to them.

use super::*;

pub(crate) fn passed(gate: Gate, reason: &str) -> GateRecord {
    GateRecord { gate, passed: true, measured: None, limit: None, reason: reason.to_owned() }
}

pub(crate) fn failed(gate: Gate, reason: &str) -> GateRecord {
    GateRecord { passed: false, ..passed(gate, reason) }
}

fn level(price: &str, shares: &str) -> Level {
    Level { price: price.parse().unwrap(), shares: shares.parse().unwrap() }
}

fn takes(book: &str, stake: &str, shares: &str, fee: &str) -> BookPlan {
    BookPlan {
        book: BookId::new(book),
        stake: stake.parse().unwrap(),
        shares: shares.parse().unwrap(),
        vwap: "0.382".parse().unwrap(),
        fee: fee.parse().unwrap(),
        levels: vec![level("0.38", "20"), level("0.386", "10.4")],
        edge: 0.062,
        trace: vec![passed(Gate::MinEdge, "edge at its stake 6.2 % at least 5.0 %")],
        stopped_at: None,
    }
}

pub(crate) fn decision() -> Decision {
    let stopped = BookPlan {
        stake: "0".parse().unwrap(),
        shares: "0".parse().unwrap(),
        fee: "0".parse().unwrap(),
        levels: Vec::new(),
        trace: vec![
            passed(Gate::OpenPosition, "nothing open in the event"),
            failed(Gate::MinEdge, "edge at its stake 6.2 % below 8.0 %"),
        ],
        stopped_at: Some(Gate::MinEdge),
        ..takes("conservative", "0", "0", "0")
    };
    Decision {
        at: now() - seconds(3),
        source: SignalSource::Ensemble,
        model_version: Some("v1".to_owned()),
        market_id: MarketId::new("512340"),
        condition_id: ConditionId::new(format!("0x{}", "ab".repeat(32))),
        group_id: MarketGroupId::new("9001"),
        question: "Will the Fed cut rates in December?".to_owned(),
        path: "event/fed-decision/fed-cut-december".to_owned(),
        category: Some("economy".to_owned()),
        end_at: Some(now() + seconds(449_280)),
        yes_bid: Some("0.619".parse().unwrap()),
        yes_ask: Some("0.623".parse().unwrap()),
        mid: Some(0.621),
        prediction: Some(Prediction {
            probability: Probability::new(0.40).unwrap(),
            learners: vec![0.37, 0.43, 0.40, 0.39, 0.41],
            confidence: 0.68,
        }),
        posterior: Probability::new(0.551),
        calibrated: None,
        copied: None,
        candidate: Some(Candidate {
            outcome: Outcome::No,
            token: OutcomeToken::new("222"),
            outcome_label: "No".to_owned(),
            win_probability: Probability::new(0.449).unwrap(),
            best_ask: "0.38".parse().unwrap(),
            ask_vwap: 0.3775,
            cost: 0.387,
            edge: 0.062,
            effective_edge: 0.042,
            kelly: 0.101,
            depth: "812.4".parse().unwrap(),
        }),
        fee: FeeModel { rule: FeeRule::Schedule { rate_micros: 40_000, exponent: 1 }, fallback_micros: 20_000 },
        trace: vec![
            passed(Gate::Binary, "two outcomes"),
            passed(Gate::Volume, "volume $48210 at least $1000"),
            passed(Gate::BookDepth, "depth of No asks $812 at least $200"),
            passed(Gate::EffectiveEdge, "No edge 6.2 % after costs, effective 4.2 % at least 2.0 %"),
        ],
        stopped_at: None,
        plans: vec![takes("aggressive", "11.62", "30.4", "0.28"), takes("balanced", "5.81", "15.2", "0.15"), stopped],
    }
}

/// A market that was scored and turned down.
pub(crate) fn rejected() -> Decision {
    Decision {
        trace: vec![
            passed(Gate::Binary, "two outcomes"),
            failed(Gate::EffectiveEdge, "No edge 1.1 % after costs, effective 0.7 % below 2.0 %"),
        ],
        stopped_at: Some(Gate::EffectiveEdge),
        plans: Vec::new(),
        ..decision()
    }
}

pub(crate) fn fill(shares: &str, notional: &str, fee: &str) -> Fill {
    Fill {
        token: OutcomeToken::new("222"),
        side: Side::Buy,
        shares: shares.parse().unwrap(),
        vwap: "0.382".parse().unwrap(),
        notional: notional.parse().unwrap(),
        fee: fee.parse().unwrap(),
        fee_rate: 0.04,
        fee_formula: "0.04 × p(1−p) a share".to_owned(),
        mid: Some(0.379),
        book_hash: Some("c0ffee".to_owned()),
        book_at: now() + seconds(153) - TimeDelta::milliseconds(300),
        levels: vec![level("0.38", "20"), level("0.386", "10.4")],
        decided_at: now(),
        filled_at: now() + seconds(153),
    }
}

pub(crate) fn position(id: i64, book: &str, shares: &str, stake: &str, fee: &str) -> Position {
    let decision = decision();
    Position {
        id,
        book: BookId::new(book),
        source: SignalSource::Ensemble,
        market_id: decision.market_id,
        condition_id: decision.condition_id,
        group_id: decision.group_id,
        question: decision.question,
        path: decision.path,
        token: OutcomeToken::new("222"),
        outcome: Outcome::No,
        outcome_label: "No".to_owned(),
        shares: shares.parse().unwrap(),
        shares_bought: shares.parse().unwrap(),
        cost: stake.parse().unwrap(),
        stake: stake.parse().unwrap(),
        fee: fee.parse().unwrap(),
        status: PositionStatus::Open,
        realized_pnl: -fee.parse::<engine_core::money::Usd>().unwrap(),
        opened_at: now() - seconds(7_200),
        closed_at: None,
        end_at: Some(now() + seconds(449_280)),
        signal_id: Some(12),
        trader: None,
    }
}

pub(crate) fn bets() -> Vec<PlacedBet> {
    vec![
        PlacedBet { position: position(7, "aggressive", "30.4", "11.62", "0.28"), fill: fill("30.4", "11.62", "0.28") },
        PlacedBet { position: position(8, "balanced", "15.2", "5.81", "0.15"), fill: fill("15.2", "5.81", "0.15") },
    ]
}

pub(crate) fn card(status: SignalStatus) -> SignalCard {
    let you = DecidedBy::Person { user_id: OWNER, name: "Ann".to_owned() };
    let (decided_by, bets) = match status {
        SignalStatus::Pending => (None, Vec::new()),
        SignalStatus::Approved => (Some(you), bets()),
        SignalStatus::Skipped => (Some(you), Vec::new()),
        SignalStatus::Expired => (Some(DecidedBy::Timeout), Vec::new()),
        SignalStatus::Auto => (Some(DecidedBy::Auto), bets()),
    };
    SignalCard {
        signal_id: 12,
        decision: decision(),
        status,
        expires_at: now() + seconds(840),
        decided_at: decided_by.as_ref().map(|_| now() + seconds(154)),
        decided_by,
        bets,
        half: false,
    }
}
