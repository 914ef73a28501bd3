//! A trader's measured edge, shrunk toward what is believed of traders at large.
//!
//! The unit is an event. Its edge is profit for a share bought, in dollars: what the shares were worth at the end less
//! what was paid. The mean over `n` events, x̄ with standard error s, is shrunk by the normal–normal model (James and Stein
//! 1961; Efron and Morris 1975): with a prior mean m and a prior standard deviation τ between traders,
//!
//! `shrunk = m + B (x̄ − m)`, `B = τ² / (τ² + s²)`.
//!
//! `m` and τ come from a population of traders by the method of moments (DerSimonian and Laird 1986), or from the sceptical
//! prior when there is no population to learn from.

use serde::{Deserialize, Serialize};

use super::statistics::{Moments, moments};

/// Standard deviation of the true edges of traders assumed when no population says otherwise: two cents a share.
pub const SCEPTICAL_TAU: f64 = 0.02;
/// With fewer events than this a trader's edge is not measured at all.
pub const MIN_EDGE_EVENTS: u64 = 10;
/// Standard deviation of one event's edge is taken to be at least this: a run of equal outcomes is no certainty.
pub const MIN_EVENT_SD: f64 = 0.10;

/// One event's edge.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EventEdge {
    /// Profit for a share bought, in dollars.
    pub edge: f64,
    /// Price variance p(1 − p) of the entry price.
    pub price_variance: f64,
}

/// What is measured of one trader.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MeasuredEdge {
    /// Events.
    pub events: u64,
    /// Mean profit for a share, in dollars.
    pub mean: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// Mean p(1 − p) of the entry prices.
    pub price_variance: f64,
}

/// What is believed of traders before one is measured.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EdgePrior {
    /// Mean edge of traders; never above 0.
    pub mean: f64,
    /// Standard deviation of the true edges between traders.
    pub tau: f64,
}

/// A shrunk edge, ready to be staked on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ShrunkEdge {
    /// Profit for a share expected, in dollars, at the prices he usually pays.
    pub edge: f64,
    /// The share of the measurement that survived, 0–1.
    pub kept: f64,
    /// Mean p(1 − p) of the prices he usually pays.
    pub price_variance: f64,
}

/// Measures a trader by his events; `None` with fewer than [`MIN_EDGE_EVENTS`].
#[must_use]
#[allow(clippy::cast_precision_loss)] // a count of events
pub fn measure(events: &[EventEdge]) -> Option<MeasuredEdge> {
    let edges: Vec<f64> = events.iter().map(|event| event.edge).filter(|edge| edge.is_finite()).collect();
    let Moments { n, mean, sd } = moments(&edges)?;
    if n < MIN_EDGE_EVENTS {
        return None;
    }
    let variances: Vec<f64> = events.iter().map(|event| event.price_variance).filter(|v| v.is_finite()).collect();
    let price_variance = moments(&variances)?.mean.clamp(0.0, 0.25);
    Some(MeasuredEdge { events: n, mean, standard_error: sd.max(MIN_EVENT_SD) / (n as f64).sqrt(), price_variance })
}

impl EdgePrior {
    /// No edge on average, [`SCEPTICAL_TAU`] between traders.
    #[must_use]
    pub const fn sceptical() -> Self {
        Self { mean: 0.0, tau: SCEPTICAL_TAU }
    }

    /// The prior a population of traders speaks for: mean (0 at most, so that nobody is given an edge for being on a
    /// leaderboard) and spread beyond what chance explains. The sceptical one with fewer than two traders, and never a
    /// wider spread than its.
    #[must_use]
    #[allow(clippy::cast_precision_loss)] // a count of traders
    pub fn of_population(traders: &[MeasuredEdge]) -> Self {
        let weights: Vec<f64> = traders.iter().map(|trader| trader.standard_error.powi(-2)).collect();
        let total: f64 = weights.iter().sum();
        if traders.len() < 2 || !total.is_finite() || total <= 0.0 {
            return Self::sceptical();
        }
        let weighted = |value: &dyn Fn(&MeasuredEdge) -> f64| -> f64 {
            traders.iter().zip(&weights).map(|(trader, weight)| weight * value(trader)).sum()
        };
        let fixed_mean = weighted(&|trader| trader.mean) / total;
        let scatter = weighted(&|trader| (trader.mean - fixed_mean).powi(2));
        let squares: f64 = weights.iter().map(|weight| weight * weight).sum();
        let spare = scatter - (traders.len() - 1) as f64;
        let tau_squared = (spare / (total - squares / total)).max(0.0);
        let random: Vec<f64> = traders.iter().map(|t| 1.0 / (t.standard_error.powi(2) + tau_squared)).collect();
        let mean = traders.iter().zip(&random).map(|(t, w)| t.mean * w).sum::<f64>() / random.iter().sum::<f64>();
        Self { mean: mean.min(0.0), tau: tau_squared.sqrt().min(SCEPTICAL_TAU) }
    }

    /// Shrinks a measurement toward this prior.
    #[must_use]
    pub fn shrink(&self, measured: &MeasuredEdge) -> ShrunkEdge {
        let (tau, error) = (self.tau.powi(2), measured.standard_error.powi(2));
        let kept = if tau + error > 0.0 { tau / (tau + error) } else { 0.0 };
        let edge = self.mean + kept * (measured.mean - self.mean);
        ShrunkEdge { edge, kept, price_variance: measured.price_variance }
    }
}

impl ShrunkEdge {
    /// Nothing measured: no edge.
    pub const NONE: Self = Self { edge: 0.0, kept: 0.0, price_variance: 0.25 };

    /// Probability that the token he bought at `price` wins, by his edge.
    ///
    /// An edge measured around the middle is not assumed whole at the ends: it shrinks with p(1 − p), which is a constant
    /// shift of the log odds to first order, and it never grows beyond what was measured.
    #[must_use]
    pub fn win_probability(&self, price: f64) -> f64 {
        let price = price.clamp(0.0, 1.0);
        let usual = self.price_variance;
        let scale = if usual > 0.0 { (price * (1.0 - price) / usual).min(1.0) } else { 0.0 };
        // What he loses he is not forgiven at the ends either.
        let edge = if self.edge > 0.0 { self.edge * scale } else { self.edge };
        (price + edge).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn measured(mean: f64, standard_error: f64) -> MeasuredEdge {
        MeasuredEdge { events: 50, mean, standard_error, price_variance: 0.25 }
    }

    #[test]
    fn worked_by_hand() {
        // τ 0.02 and s 0.04: B = 4 / (4 + 16) = 0.2.
        let shrunk = EdgePrior::sceptical().shrink(&measured(0.10, 0.04));
        assert!((shrunk.kept - 0.2).abs() < 1e-12 && (shrunk.edge - 0.02).abs() < 1e-12);
        assert!((shrunk.win_probability(0.5) - 0.52).abs() < 1e-12);
        // p(1 − p) at 0.1 is 0.09 of 0.25.
        assert!((shrunk.win_probability(0.1) - (0.1 + 0.02 * 0.36)).abs() < 1e-12);
        let edges: Vec<EventEdge> =
            (0..16).map(|i| EventEdge { edge: if i % 2 == 0 { 0.6 } else { -0.4 }, price_variance: 0.24 }).collect();
        let got = measure(&edges).unwrap();
        // Mean 0.1, sample sd 0.5 × sqrt(16/15), over sqrt 16.
        assert!(
            (got.mean - 0.1).abs() < 1e-12 && (got.standard_error - 0.5 * (16.0_f64 / 15.0).sqrt() / 4.0).abs() < 1e-12
        );
        assert_eq!(measure(&edges[..9]), None);
        // DerSimonian and Laird for two traders of one error: τ² = difference² / 2 − s².
        let prior = EdgePrior::of_population(&[measured(-0.02, 0.01), measured(0.004, 0.01)]);
        assert!((prior.mean + 0.008).abs() < 1e-12 && (prior.tau - (0.000_288_f64 - 0.0001).sqrt()).abs() < 1e-12);
        // Sharp ones on average: nobody is given an edge for that.
        assert!(EdgePrior::of_population(&[measured(0.05, 0.001), measured(0.06, 0.001)]).mean.abs() < 1e-12);
    }

    #[test]
    fn sure_things_are_not_certain() {
        let wins = vec![EventEdge { edge: 0.02, price_variance: 0.0196 }; 60];
        let got = measure(&wins).unwrap();
        assert!(got.standard_error >= MIN_EVENT_SD / 60.0_f64.sqrt() - 1e-12);
        assert!(EdgePrior::sceptical().shrink(&got).edge < 0.02);
    }

    proptest! {
        #[test]
        fn shrinking_pulls_toward_the_prior_and_never_beyond(
            mean in -0.5..0.5_f64, error in 0.001..0.5_f64, prior_mean in -0.1..=0.0_f64, tau in 0.0..0.1_f64, more in 0.001..0.5_f64,
        ) {
            let prior = EdgePrior { mean: prior_mean, tau };
            let shrunk = prior.shrink(&measured(mean, error));
            let (low, high) = (mean.min(prior_mean), mean.max(prior_mean));
            prop_assert!((low - 1e-12..=high + 1e-12).contains(&shrunk.edge));
            // A less certain measurement is pulled further.
            let vaguer = prior.shrink(&measured(mean, error + more));
            prop_assert!((vaguer.edge - prior_mean).abs() <= (shrunk.edge - prior_mean).abs() + 1e-12);
        }

        #[test]
        fn the_probability_is_one_and_keeps_the_sign(edge in -0.3..0.3_f64, variance in 0.0..0.25_f64, price in 0.0..=1.0_f64) {
            let shrunk = ShrunkEdge { edge, kept: 1.0, price_variance: variance };
            let q = shrunk.win_probability(price);
            prop_assert!((0.0..=1.0).contains(&q));
            let (gain, most) = (q - price, edge.max(0.0) + 1e-12);
            prop_assert!(gain <= most && (edge <= 0.0 || gain >= 0.0));
        }
    }
}
