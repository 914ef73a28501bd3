//! From a plan to the fill it becomes.

use chrono::{DateTime, Utc};

use crate::book::OrderBook;
use crate::fill::Fill;
use crate::market::Side;
use crate::signal::{BookPlan, Decision};

/// The fill of a book's plan: exactly what the plan walked. `None` without a candidate or when the plan buys nothing.
#[must_use]
pub fn fill_of(
    plan: &BookPlan,
    decision: &Decision,
    own_book: &OrderBook,
    decided_at: DateTime<Utc>,
    filled_at: DateTime<Utc>,
) -> Option<Fill> {
    let candidate = decision.candidate.as_ref()?;
    plan.shares.is_positive().then(|| Fill {
        token: candidate.token.clone(),
        side: Side::Buy,
        shares: plan.shares,
        vwap: plan.vwap,
        notional: plan.stake,
        fee: plan.fee,
        fee_rate: decision.fee.rate(),
        fee_formula: decision.fee.formula(),
        mid: own_book.midpoint(),
        book_hash: own_book.hash.clone(),
        book_at: own_book.at,
        levels: plan.levels.clone(),
        decided_at,
        filled_at,
    })
}
