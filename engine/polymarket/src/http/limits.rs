//! Token buckets that keep every host at or below half of its published limits.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

/// The published limits count over a sliding window of this length.
const WINDOW_SECS: f64 = 10.0;
/// Share of a limit that may go out at once.
const BURST_SHARE: f64 = 0.1;
/// Share of a limit refilled per window. Burst and refill together stay at half of the limit in any window.
const REFILL_SHARE: f64 = 0.4;

/// Which of the three APIs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HostName {
    Gamma,
    Clob,
    Data,
}

impl HostName {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Gamma => "gamma",
            Self::Clob => "clob",
            Self::Data => "data",
        }
    }

    /// Published requests per window over all routes of the host.
    const fn published(self) -> u32 {
        match self {
            Self::Gamma => 4_000,
            Self::Clob => 9_000,
            Self::Data => 1_000,
        }
    }
}

/// A group of routes with a limit of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Gamma `/markets…`.
    Markets,
    /// Gamma `/events…`.
    Events,
    /// Gamma `/public-search`.
    Search,
    /// CLOB `/book` and single markets, which have no limit of their own.
    Book,
    /// CLOB `/books`.
    Books,
    /// CLOB price histories, single and batch.
    History,
    /// Data API, everything without a scope of its own.
    Data,
    /// Data API: what a wallet did.
    Activity,
    /// Data API: what a wallet holds and held.
    Positions,
    /// Health and everything without a limit of its own: the lowest published one (`/ok`).
    Other,
}

impl Scope {
    const ALL: [Self; 10] = [
        Self::Markets,
        Self::Events,
        Self::Search,
        Self::Book,
        Self::Books,
        Self::History,
        Self::Data,
        Self::Activity,
        Self::Positions,
        Self::Other,
    ];

    /// Requests per window as published; for routes of the data API v2, which publishes none, the rate measured clean,
    /// or the one published for their first version when that is lower.
    const fn published(self) -> u32 {
        match self {
            Self::Markets => 300,
            Self::Events => 500,
            Self::Search => 350,
            Self::Book => 1_500,
            Self::Books => 500,
            Self::History => 1_000,
            Self::Data => 200,
            Self::Activity => 400,
            Self::Positions => 150,
            Self::Other => 100,
        }
    }
}

/// The buckets of one host.
#[derive(Debug)]
pub(crate) struct Limits {
    general: DefaultDirectRateLimiter,
    scopes: Vec<(Scope, DefaultDirectRateLimiter)>,
}

impl Limits {
    pub(crate) fn new(host: HostName, scale: f64) -> Self {
        let bucket = |published| RateLimiter::direct(quota(published, scale));
        Self {
            general: bucket(host.published()),
            scopes: Scope::ALL.iter().map(|scope| (*scope, bucket(scope.published()))).collect(),
        }
    }

    /// Waits until one more request of `scope` is allowed.
    pub(crate) async fn ready(&self, scope: Scope) {
        if let Some((_, bucket)) = self.scopes.iter().find(|(of, _)| *of == scope) {
            bucket.until_ready().await;
        }
        self.general.until_ready().await;
    }
}

fn quota(published: u32, scale: f64) -> Quota {
    let limit = f64::from(published) * scale;
    // A scale so large that the period rounds to nothing means "no limit to speak of".
    let period = Duration::try_from_secs_f64(WINDOW_SECS / (limit * REFILL_SHARE))
        .unwrap_or(Duration::from_secs(60))
        .max(Duration::from_nanos(1));
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    // clamped to the type's range on this line
    let burst = (limit * BURST_SHARE).clamp(1.0, f64::from(u32::MAX)) as u32;
    let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
    Quota::with_period(period).unwrap_or_else(|| Quota::per_second(NonZeroU32::MIN)).allow_burst(burst)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_window_stays_within_half_of_the_published_limit() {
        let limits = Scope::ALL.iter().map(|s| s.published());
        for published in limits.chain([HostName::Gamma, HostName::Clob, HostName::Data].map(HostName::published)) {
            let quota = quota(published, 1.0);
            let refilled = WINDOW_SECS / quota.replenish_interval().as_secs_f64();
            let most = f64::from(quota.burst_size().get()) + refilled;
            assert!(most <= f64::from(published) * 0.5 + 1e-6, "{published}: {most}");
        }
    }

    #[test]
    fn odd_scales_give_usable_quotas() {
        for scale in [1e-12, 1e-3, 1.0, 1e6, 1e300] {
            assert!(quota(300, scale).burst_size().get() >= 1, "{scale}");
        }
    }
}
