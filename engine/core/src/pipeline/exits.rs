//! When to leave a position before its market resolves. Both are off unless a limit is given.

use chrono::{DateTime, Utc};

use crate::money::Price;
use crate::position::Position;
use crate::time::days_between;

/// True when the best bid of the position's own token lies at least `loss` (a share of the average price paid, 0.5 for
/// half of it) below that price. Off without a limit; without a bid there is nothing to sell into.
#[must_use]
pub fn stop_loss(position: &Position, bid: Option<Price>, loss: Option<f64>) -> bool {
    let (Some(bid), Some(loss), Some(paid)) = (bid, loss, position.average_price()) else {
        return false;
    };
    paid.is_quotable() && loss > 0.0 && 1.0 - bid.to_f64() / paid.to_f64() >= loss
}

/// True when the published end is at most `days` away or past. Off without a limit or a published end.
#[must_use]
pub fn expiry_exit(position: &Position, now: DateTime<Utc>, days: Option<f64>) -> bool {
    let (Some(end), Some(days)) = (position.end_at, days) else {
        return false;
    };
    days > 0.0 && days_between(now, end) <= days
}
