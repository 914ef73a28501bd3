//! When a feed that failed is asked again.

use chrono::{DateTime, TimeDelta, Utc};
use engine_core::chance::SplitMix64;

use crate::error::FeedError;
use crate::fetch::Known;

/// Wait after the first failure.
const FIRST_WAIT: TimeDelta = TimeDelta::minutes(5);
/// Longest wait of our own.
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(6);
/// Longest wait a feed may ask for.
const LONGEST_ASKED: TimeDelta = TimeDelta::hours(24);
/// Waits are spread over this share below and above, so that feeds of one host do not come back together.
const SPREAD: f64 = 0.25;

/// What is remembered of one feed.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct FeedState {
    pub(crate) known: Option<Known>,
    /// In a row.
    failures: u32,
    again_at: Option<DateTime<Utc>>,
}

impl FeedState {
    /// True while the feed is left alone.
    pub(crate) fn is_waiting(&self, now: DateTime<Utc>) -> bool {
        self.again_at.is_some_and(|again| now < again)
    }

    pub(crate) fn went_well(&mut self) {
        self.failures = 0;
        self.again_at = None;
    }

    /// Notes a failure at `now`; returns when the feed is asked again. `chance` spreads the waits.
    pub(crate) fn failed(&mut self, error: &FeedError, now: DateTime<Utc>, chance: &mut SplitMix64) -> DateTime<Utc> {
        let doubled = FIRST_WAIT * 2_i32.pow(self.failures.min(10));
        self.failures = self.failures.saturating_add(1);
        let spread = 1.0 + SPREAD * (2.0 * chance.unit() - 1.0);
        #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)] // milliseconds of some hours
        let own = TimeDelta::milliseconds((doubled.min(LONGEST_WAIT).num_milliseconds() as f64 * spread) as i64);
        let asked = error.retry_after().and_then(|wait| TimeDelta::from_std(wait).ok()).unwrap_or_default();
        let again = now + own.max(asked.min(LONGEST_ASKED));
        self.again_at = Some(again);
        again
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_765_400_000, 0).unwrap()
    }

    fn down(retry_after: Option<u64>) -> FeedError {
        let retry_after = retry_after.map(Duration::from_secs);
        FeedError::Status { host: "feeds.example".to_owned(), status: 503, retry_after }
    }

    #[test]
    fn waits_double_are_spread_and_end_with_success() {
        let (mut state, mut chance) = (FeedState::default(), SplitMix64::new(7));
        let mut waits = Vec::new();
        for _ in 0..40 {
            let again = state.failed(&down(None), now(), &mut chance);
            assert!(state.is_waiting(now()) && !state.is_waiting(again));
            waits.push((again - now()).num_seconds());
        }
        for (wait, middle) in waits.iter().zip([300, 600, 1200, 2400, 4800, 9600, 19200, 21600, 21600]) {
            assert!((middle * 3 / 4..=middle * 5 / 4).contains(wait), "{wait} for {middle}");
        }
        assert!(waits.iter().all(|wait| *wait <= 21600 * 5 / 4));
        assert_ne!(waits.get(20), waits.get(21), "waits are spread");
        state.went_well();
        assert!(!state.is_waiting(now()));
        assert!((state.failed(&down(None), now(), &mut chance) - now()).num_seconds() <= 375);
    }

    #[test]
    fn what_a_feed_asks_for_is_kept_within_a_day() {
        let mut chance = SplitMix64::new(7);
        let mut wait = |asked| FeedState::default().failed(&down(Some(asked)), now(), &mut chance) - now();
        assert_eq!(wait(7200), TimeDelta::hours(2));
        assert_eq!(wait(1_000_000), TimeDelta::hours(24));
        assert!(wait(u64::MAX) <= TimeDelta::hours(24));
    }
}
