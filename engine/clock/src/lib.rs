//! The one place that reads a clock or waits.
//!
//! Every wait, age, expiry and timestamp of the bot goes through a [`Clock`]. In production it is the wall clock; in a
//! stand-in world it runs at a chosen speed from a chosen start; in tests it stands still until the test moves it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;

/// A clock that can be shared by everything that needs the time.
#[derive(Debug, Clone)]
pub struct Clock(Arc<Kind>);

#[derive(Debug)]
enum Kind {
    Wall,
    Scaled { start: DateTime<Utc>, origin: Instant, speed: f64 },
    Manual(watch::Sender<DateTime<Utc>>),
}

impl Clock {
    /// The real time.
    #[must_use]
    pub fn wall() -> Self {
        Self(Arc::new(Kind::Wall))
    }

    /// Simulated time: `start` now, then `speed` simulated seconds for each real one. A speed that is not finite and
    /// above zero counts as 1.
    #[must_use]
    pub fn scaled(start: DateTime<Utc>, speed: f64) -> Self {
        let speed = if speed.is_finite() && speed > 0.0 { speed } else { 1.0 };
        Self(Arc::new(Kind::Scaled { start, origin: Instant::now(), speed }))
    }

    /// Time that stands still at `start` until [`Clock::advance_to`] moves it.
    #[must_use]
    pub fn manual(start: DateTime<Utc>) -> Self {
        Self(Arc::new(Kind::Manual(watch::Sender::new(start))))
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        match &*self.0 {
            Kind::Wall => Utc::now(),
            Kind::Scaled { start, origin, speed } => *start + to_delta(origin.elapsed().mul_f64(*speed)),
            Kind::Manual(time) => *time.borrow(),
        }
    }

    /// Simulated seconds for each real one; `None` when time is moved by hand.
    #[must_use]
    pub fn speed(&self) -> Option<f64> {
        match &*self.0 {
            Kind::Wall => Some(1.0),
            Kind::Scaled { speed, .. } => Some(*speed),
            Kind::Manual(_) => None,
        }
    }

    /// Waits until the clock shows `deadline`.
    pub async fn sleep_until(&self, deadline: DateTime<Utc>) {
        match &*self.0 {
            Kind::Wall | Kind::Scaled { .. } => loop {
                let left = (deadline - self.now()).to_std().unwrap_or(Duration::ZERO);
                if left.is_zero() {
                    return;
                }
                let real = left.div_f64(self.speed().unwrap_or(1.0));
                tokio::time::sleep(real.max(Duration::from_millis(1))).await;
            },
            Kind::Manual(time) => {
                // The sender lives as long as this clock, so the wait can only end by reaching the time.
                let _ = time.subscribe().wait_for(|now| *now >= deadline).await;
            }
        }
    }

    /// Waits for a span of this clock's time.
    pub async fn sleep(&self, span: Duration) {
        self.sleep_until(self.now() + to_delta(span)).await;
    }

    /// Moves a manual clock forward to `time`; a clock that runs by itself, or a time in the past, is left alone.
    pub fn advance_to(&self, time: DateTime<Utc>) {
        if let Kind::Manual(current) = &*self.0 {
            current.send_if_modified(|now| {
                let forward = time > *now;
                if forward {
                    *now = time;
                }
                forward
            });
        }
    }
}

fn to_delta(span: Duration) -> TimeDelta {
    TimeDelta::from_std(span).unwrap_or(TimeDelta::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000, 0).unwrap()
    }

    #[tokio::test]
    async fn manual_time_moves_only_by_hand_and_wakes_sleepers() {
        let clock = Clock::manual(start());
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move {
                clock.sleep(Duration::from_secs(60)).await;
                clock.now()
            }
        });
        tokio::task::yield_now().await;
        assert_eq!(clock.now(), start());
        clock.advance_to(start() + TimeDelta::seconds(59));
        tokio::task::yield_now().await;
        assert!(!sleeper.is_finished());
        clock.advance_to(start() + TimeDelta::seconds(61));
        assert_eq!(sleeper.await.unwrap(), start() + TimeDelta::seconds(61));
        clock.advance_to(start());
        assert_eq!(clock.now(), start() + TimeDelta::seconds(61));
    }

    #[tokio::test]
    async fn scaled_time_starts_where_told_and_runs_ahead() {
        let clock = Clock::scaled(start(), 3600.0);
        clock.sleep(Duration::from_secs(36)).await;
        let passed = clock.now() - start();
        assert!(passed >= TimeDelta::seconds(36), "{passed}");
    }
}
