//! The last week of a market's prices, an hour a point: what the live scan fetches and no more.

use crate::history::{PriceHistory, PricePoint};
use crate::money::Price;

/// Seconds of a point.
const HOUR_S: u32 = 3_600;
/// Points kept: seven days, the one before (a change over a week starts from it) and the hour that runs.
pub const MOST_POINTS: usize = 7 * 24 + 2;

/// One point at most for each hour of the clock, the last in it, oldest first. Takes at most 1,360 bytes.
#[derive(Debug, Clone, Default)]
pub struct HourlyHistory {
    points: Vec<(u32, u32)>,
    /// Place of the oldest point once the ring is full.
    start: usize,
}

impl HourlyHistory {
    /// Adds a price; must not be older than the last.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a price of a quote: 0 to a million
    pub fn push(&mut self, ts: u32, price: Price) {
        let point = (ts, price.micros() as u32);
        let newest = if self.start == 0 { self.points.len() } else { self.start }.checked_sub(1);
        if let Some(last) = newest.and_then(|index| self.points.get_mut(index))
            && last.0 / HOUR_S == ts / HOUR_S
        {
            *last = point;
            return;
        }
        if self.points.len() < MOST_POINTS {
            self.points.push(point);
            return;
        }
        if let Some(oldest) = self.points.get_mut(self.start) {
            *oldest = point;
        }
        self.start = (self.start + 1) % MOST_POINTS;
    }

    /// The points, oldest first.
    pub fn points(&self) -> impl DoubleEndedIterator<Item = PricePoint> + '_ {
        let (newer, older) = self.points.split_at(self.start.min(self.points.len()));
        older.iter().chain(newer).map(|&(ts, micros)| PricePoint { ts: i64::from(ts), price: f64::from(micros) / 1e6 })
    }

    /// In the form the features take.
    #[must_use]
    pub fn to_history(&self) -> PriceHistory {
        PriceHistory::new(self.points().collect())
    }

    /// Price of the last point not newer than `ts`.
    #[must_use]
    pub fn price_at(&self, ts: u32) -> Option<f64> {
        self.points().rev().find(|point| point.ts <= i64::from(ts)).map(|point| point.price)
    }

    /// Forgets everything and gives the memory back.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_keeps_the_last_point_of_each_of_the_newest_hours(steps in prop::collection::vec(1_u32..9_000, 1..600)) {
            let mut history = HourlyHistory::default();
            let mut by_hour = std::collections::BTreeMap::new();
            let mut ts = 0;
            for (n, step) in steps.iter().enumerate() {
                ts += step;
                let micros = i64::try_from(n).unwrap();
                history.push(ts, Price::from_micros(micros));
                by_hour.insert(ts / HOUR_S, PricePoint { ts: i64::from(ts), price: micros as f64 / 1e6 });
            }
            let mut expected: Vec<PricePoint> = by_hour.into_values().rev().take(MOST_POINTS).collect();
            expected.reverse();
            prop_assert_eq!(history.points().collect::<Vec<_>>(), expected.clone());
            prop_assert_eq!(history.price_at(ts), expected.last().map(|point| point.price));
        }
    }
}
