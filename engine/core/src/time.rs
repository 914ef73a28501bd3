//! Arithmetic on time that was handed in. Nothing here reads a clock.

use chrono::{DateTime, Utc};

const MILLIS_PER_DAY: f64 = 86_400_000.0;

/// Days from `from` to `to`, negative when `to` lies before.
#[must_use]
#[allow(clippy::cast_precision_loss)] // milliseconds of centuries stay below 2^53
pub fn days_between(from: DateTime<Utc>, to: DateTime<Utc>) -> f64 {
    (to - from).num_milliseconds() as f64 / MILLIS_PER_DAY
}
