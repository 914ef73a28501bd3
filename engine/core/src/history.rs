//! Price history of the Yes outcome.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The Yes price at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PricePoint {
    /// When, unix seconds.
    pub ts: i64,
    /// Yes price in [0, 1].
    pub price: f64,
}

/// Points in ascending order of time, one at most for a second.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct PriceHistory(Vec<PricePoint>);

impl PriceHistory {
    /// Sorts by time, drops points outside [0, 1] (NaN too); of several at one second the last given stays.
    #[must_use]
    pub fn new(mut points: Vec<PricePoint>) -> Self {
        points.retain(|point| (0.0..=1.0).contains(&point.price));
        points.sort_by_key(|point| point.ts);
        points.reverse();
        points.dedup_by_key(|point| point.ts);
        points.reverse();
        Self(points)
    }

    /// All points.
    #[must_use]
    pub fn points(&self) -> &[PricePoint] {
        &self.0
    }

    /// The points known at `at` (inclusive): the only ones a decision at `at` may see.
    #[must_use]
    pub fn as_of(&self, at: DateTime<Utc>) -> &[PricePoint] {
        let end = self.0.partition_point(|point| point.ts <= at.timestamp());
        self.0.get(..end).unwrap_or_default()
    }
}
