//! Features of the price history.
//!
//! All of them look only at points not newer than the snapshot. "The price at a moment" is the last point not newer
//! than that moment, however old it is.

use chrono::{DateTime, Utc};

use crate::history::{PriceHistory, PricePoint};

const HOUR_S: i64 = 3_600;
const DAY_S: i64 = 24 * HOUR_S;
const WEEK_S: i64 = 7 * DAY_S;
/// Changes the RSI averages over.
const RSI_PERIODS: i64 = 14;
/// What the RSI says when it cannot be computed.
const RSI_NEUTRAL: f64 = 0.5;
/// Returns on prices below this, far under the smallest tick of the venue, would only be noise of enormous size.
const SMALLEST_PRICE: f64 = 1e-6;

/// The features that come from the price and its history.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PriceFeatures {
    /// Yes price at the snapshot, 0–1.
    pub yes_price: f64,
    /// Price − price one hour before; 0 when the history does not reach back.
    pub momentum_1h: f64,
    /// Price − price 24 hours before; 0 when the history does not reach back.
    pub momentum_24h: f64,
    /// Population standard deviation of the simple returns between neighbouring points of the last 24 hours (both ends
    /// included); 0 with fewer than two returns.
    pub volatility_24h: f64,
    /// Relative strength, see [`rsi`].
    pub rsi: f64,
    /// Price − price one day before, from the history as of the snapshot; `momentum_24h` when missing. (Measured like
    /// `momentum_24h`, so the two are equal; both stay because the feature list is fixed.)
    pub change_1d: f64,
    /// Price − price seven days before; 0 when the history does not reach back.
    pub change_1w: f64,
}

impl PriceFeatures {
    /// Computes all from the points known at `at`. A price that is not a number counts as 0.
    #[must_use]
    pub fn new(history: &PriceHistory, at: DateTime<Utc>, yes_price: f64) -> Self {
        let yes_price = if yes_price.is_nan() { 0.0 } else { yes_price.clamp(0.0, 1.0) };
        let known = history.as_of(at);
        let now = at.timestamp();
        let change = |seconds: i64| price_at(known, now - seconds).map(|then| yes_price - then);
        let momentum_24h = change(DAY_S).unwrap_or(0.0);
        Self {
            yes_price,
            momentum_1h: change(HOUR_S).unwrap_or(0.0),
            momentum_24h,
            volatility_24h: volatility(since(known, now - DAY_S)),
            rsi: rsi(known, now),
            change_1d: change(DAY_S).unwrap_or(momentum_24h),
            change_1w: change(WEEK_S).unwrap_or(0.0),
        }
    }
}

/// The part of `points` not newer than `ts`.
fn until(points: &[PricePoint], ts: i64) -> &[PricePoint] {
    let end = points.partition_point(|point| point.ts <= ts);
    points.get(..end).unwrap_or_default()
}

/// The part of `points` not older than `ts`.
fn since(points: &[PricePoint], ts: i64) -> &[PricePoint] {
    let start = points.partition_point(|point| point.ts < ts);
    points.get(start..).unwrap_or_default()
}

/// Price of the last point not newer than `ts`.
fn price_at(points: &[PricePoint], ts: i64) -> Option<f64> {
    until(points, ts).last().map(|point| point.price)
}

/// Population standard deviation of the simple returns `p[i] / p[i − 1] − 1`; 0 with fewer than two returns. A return
/// on a price of (nearly) zero is left out.
#[must_use]
pub fn volatility(points: &[PricePoint]) -> f64 {
    // Welford's running variance: one pass, no cancellation.
    let (mut count, mut mean, mut squares) = (0.0_f64, 0.0_f64, 0.0_f64);
    for (earlier, later) in points.iter().zip(points.iter().skip(1)) {
        if earlier.price < SMALLEST_PRICE {
            continue;
        }
        let value = later.price / earlier.price - 1.0;
        count += 1.0;
        let delta = value - mean;
        mean += delta / count;
        squares += delta * (value - mean);
    }
    if count < 2.0 { 0.0 } else { (squares / count).max(0.0).sqrt() }
}

/// 14-period relative strength index with simple averages (Cutler's form, not Wilder's smoothing, so that it depends on
/// 14 hours only), scaled 0–1.
///
/// Closes are hourly, counted back from `now` (unix seconds): the close of an hour is the last point in it, forward
/// filled from the hours before. 0.5 when the history does not reach back 14 hours or the price never changed.
#[must_use]
pub fn rsi(points: &[PricePoint], now: i64) -> f64 {
    let mut known = until(points, now);
    let Some(mut later) = known.last().map(|point| point.price) else {
        return RSI_NEUTRAL;
    };
    let (mut gains, mut losses) = (0.0, 0.0);
    for hour in 1..=RSI_PERIODS {
        known = until(known, now - hour * HOUR_S);
        let Some(earlier) = known.last().map(|point| point.price) else {
            return RSI_NEUTRAL;
        };
        let change = later - earlier;
        if change > 0.0 {
            gains += change;
        } else {
            losses -= change;
        }
        later = earlier;
    }
    let moved = gains + losses;
    if moved > 0.0 { gains / moved } else { RSI_NEUTRAL }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(points: &[(i64, f64)]) -> PriceHistory {
        PriceHistory::new(points.iter().map(|&(ts, price)| PricePoint { ts, price }).collect())
    }

    fn at(ts: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(ts, 0).unwrap()
    }

    fn close(got: f64, expected: f64) {
        assert!((got - expected).abs() < 1e-12, "{got} is not {expected}");
    }

    #[test]
    fn momentum_takes_the_last_point_not_newer() {
        let now = 1_000_000;
        let week = history(&[
            (now - WEEK_S - 5, 0.10),
            (now - DAY_S - 1, 0.30),
            (now - DAY_S + 1, 0.35),
            (now - HOUR_S, 0.40),
            (now - 60, 0.55),
        ]);
        let got = PriceFeatures::new(&week, at(now), 0.50);
        close(got.momentum_1h, 0.10);
        close(got.momentum_24h, 0.20);
        close(got.change_1d, 0.20);
        close(got.change_1w, 0.40);
    }

    #[test]
    fn what_is_missing_is_neutral() {
        let got = PriceFeatures::new(&PriceHistory::default(), at(1_000_000), 0.42);
        close(got.yes_price, 0.42);
        for value in [got.momentum_1h, got.momentum_24h, got.volatility_24h, got.change_1d, got.change_1w] {
            close(value, 0.0);
        }
        close(got.rsi, 0.5);
    }

    #[test]
    fn volatility_is_that_of_simple_returns_of_one_day() {
        let now = 1_000_000;
        // Returns +100 % and −50 %: mean 0.25, deviations 0.75 each. The older point does not count.
        let points = history(&[(now - DAY_S - 1, 0.9), (now - 300, 0.2), (now - 200, 0.4), (now - 100, 0.2)]);
        close(PriceFeatures::new(&points, at(now), 0.2).volatility_24h, 0.75);
        let from_zero = history(&[(now - 300, 0.0), (now - 200, 0.4), (now - 100, 0.2)]);
        close(PriceFeatures::new(&from_zero, at(now), 0.2).volatility_24h, 0.0);
    }

    #[test]
    fn rsi_counts_fourteen_hourly_changes() {
        let now = 1_000_000;
        let hourly = |price: &dyn Fn(i64) -> f64| {
            let points: Vec<(i64, f64)> = (0..=14).map(|hour| (now - hour * HOUR_S, price(hour))).collect();
            history(&points)
        };
        #[allow(clippy::cast_precision_loss)]
        let rising = hourly(&|hour| 0.9 - 0.05 * hour as f64);
        close(rsi(rising.points(), now), 1.0);
        let zigzag = hourly(&|hour| if hour % 2 == 0 { 0.5 } else { 0.4 });
        close(rsi(zigzag.points(), now), 0.5);
        let flat = hourly(&|_| 0.5);
        close(rsi(flat.points(), now), 0.5);
        // One point short of 14 hours.
        let short = history(&[(now - 14 * HOUR_S + 1, 0.2), (now, 0.9)]);
        close(rsi(short.points(), now), 0.5);
        // Forward filled: gains of 0.3 + 0.1, a loss of 0.1.
        let gaps = history(&[(now - 20 * HOUR_S, 0.2), (now - 9 * HOUR_S, 0.5), (now - 5 * HOUR_S, 0.4), (now, 0.5)]);
        close(rsi(gaps.points(), now), 0.8);
    }
}
