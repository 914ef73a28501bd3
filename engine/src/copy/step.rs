//! Steps: what an action of a trader came to, ready to be taken.

use chrono::{DateTime, Utc};
use engine_core::copy::activity::{ActivityKind, Wallet};
use engine_core::copy::leader_position::LeaderHoldings;
use engine_core::copy::order::Action;
use engine_core::gate::Gate;
use engine_core::market::Side;

use super::mirror::{Course, Turn};
use crate::store::{CopyDecision, CopyStep, HoldingChange, OrderFate};

/// The step that lets go of rows that make no action.
pub(super) fn bare_step(wallet: &Wallet, rows: Vec<i64>, at: DateTime<Utc>) -> CopyStep {
    CopyStep { wallet: wallet.clone(), decision: None, rows, holdings: HoldingChange::default(), at }
}

/// The step that deals with an action, as one of which nothing follows.
pub(super) fn step_of(course: &Course<'_>, turn: &Turn<'_>, before: &LeaderHoldings) -> CopyStep {
    let (action, after) = (&turn.act.action, &course.holdings);
    let condition = action.condition();
    let frame = (after.frame() != before.frame()).then(|| after.frame());
    let market = condition.and_then(|id| Some((id.clone(), after.market_holding(id)?.clone())));
    let key = action.key();
    let side = match action {
        Action::Order(order) => Some(order.side),
        Action::Other(_) => None,
    };
    let decision = CopyDecision {
        wallet: course.follow.wallet.clone(),
        transaction: key.transaction,
        subject: key.subject,
        side,
        fate: OrderFate::Ignored,
        gate: None,
        reason: ignored_because(action).to_owned(),
        condition: condition.cloned(),
        traded_at: action.at(),
        decided_at: turn.now,
        decision: None,
        signal_id: None,
        position_id: None,
    };
    CopyStep {
        wallet: course.follow.wallet.clone(),
        decision: Some(decision),
        rows: turn.act.rows.clone(),
        holdings: HoldingChange { frame, markets: market.into_iter().collect() },
        at: turn.now,
    }
}

fn ignored_because(action: &Action) -> &'static str {
    match action {
        Action::Order(order) if order.side == Side::Sell => "sold what is not copied",
        Action::Order(_) => "bought",
        Action::Other(row) => match row.kind {
            ActivityKind::Split { .. } => "split dollars into shares of both outcomes",
            ActivityKind::Merge { .. } => "merged what is not copied",
            ActivityKind::Redeem { .. } => "redeemed: settlement pays",
            ActivityKind::Conversion { .. } => "converted shares of a group of markets",
            ActivityKind::Reward { .. } => "was paid by a programme of the venue",
            ActivityKind::Trade(_) | ActivityKind::Unknown { .. } => "nothing follows from it",
        },
    }
}

/// The step of an order that is not copied.
pub(super) fn skipped(mut step: CopyStep, gate: impl Into<Option<Gate>>, reason: String) -> CopyStep {
    if let Some(decision) = &mut step.decision {
        (decision.fate, decision.gate, decision.reason) = (OrderFate::Skipped, gate.into(), reason);
    }
    step
}
