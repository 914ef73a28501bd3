//! Anchoring: the market price is the prior, and a forecast moves it only as far as it has earned trust.
//!
//! `LR = [p / (1 − p)] / [m / (1 − m)]`, damped to `LR^clamp(confidence · damping, 0, 1)`, times the market's odds.

use crate::probability::Probability;

/// Confidence when all learners agree.
const MAX_CONFIDENCE: f64 = 0.75;
/// Confidence when they contradict each other.
const MIN_CONFIDENCE: f64 = 0.25;
/// How fast disagreement lowers the confidence.
const SPREAD_WEIGHT: f64 = 4.0;
/// A posterior is kept this far from certainty.
const MARGIN: f64 = 0.001;
/// A model's or market's probability is kept this far from 0 and 1 before odds are taken.
const ODDS_MARGIN: f64 = 1e-6;

/// Confidence in a forecast from how far its base learners disagree: `clamp(0.75 / (1 + 4 · (max − min)), 0.25, 0.75)`.
/// 0.25 without learners or when one of them is not a number.
#[must_use]
pub fn confidence(learners: &[f64]) -> f64 {
    if learners.is_empty() || learners.iter().any(|p| !p.is_finite()) {
        return MIN_CONFIDENCE;
    }
    let high = learners.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let low = learners.iter().copied().fold(f64::INFINITY, f64::min);
    (MAX_CONFIDENCE / (1.0 + SPREAD_WEIGHT * (high - low))).clamp(MIN_CONFIDENCE, MAX_CONFIDENCE)
}

/// The posterior P(Yes) of a `model` probability anchored on the `market` probability, both of Yes, within
/// [0.001, 0.999]. `None` when any input is not a finite number, or a probability lies outside [0, 1].
#[must_use]
pub fn anchor(market: f64, model: f64, confidence: f64, damping: f64) -> Option<Probability> {
    if !confidence.is_finite() || !damping.is_finite() {
        return None;
    }
    let prior = log_odds(market)?;
    let weight = (confidence * damping).clamp(0.0, 1.0);
    let posterior = prior + weight * (log_odds(model)? - prior);
    Probability::new(probability_of(posterior).clamp(MARGIN, 1.0 - MARGIN))
}

/// The probability with these log odds.
pub(crate) fn probability_of(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

/// Log odds of a probability kept 1e-6 from certainty; `None` for what is no probability.
pub(crate) fn log_odds(probability: f64) -> Option<f64> {
    let inner = Probability::new(probability)?.get().clamp(ODDS_MARGIN, 1.0 - ODDS_MARGIN);
    Some((inner / (1.0 - inner)).ln())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn posterior(market: f64, model: f64, confidence: f64, damping: f64) -> f64 {
        anchor(market, model, confidence, damping).unwrap().get()
    }

    #[test]
    fn worked_values() {
        assert!((posterior(0.60, 0.30, 0.75, 0.5) - 0.484).abs() < 5e-4);
        // Damped to nothing the market stands, undamped the model does.
        assert!((posterior(0.60, 0.30, 0.75, 0.0) - 0.60).abs() < 1e-12);
        assert!((posterior(0.60, 0.30, 2.0, 0.5) - 0.30).abs() < 1e-12);
    }

    #[test]
    fn confidence_falls_with_disagreement() {
        let table: [(&[f64], f64); 6] = [
            (&[0.4, 0.4, 0.4], 0.75),
            (&[0.4, 0.6], 0.75 / 1.8),
            (&[0.0, 1.0], 0.25),
            (&[], 0.25),
            (&[0.4, f64::NAN], 0.25),
            (&[0.4], 0.75),
        ];
        for (learners, expected) in table {
            assert!((confidence(learners) - expected).abs() < 1e-12, "{learners:?}");
        }
    }

    #[test]
    fn what_is_no_probability_gives_no_posterior() {
        for bad in [f64::NAN, f64::INFINITY, -0.1, 1.1] {
            assert_eq!(anchor(bad, 0.5, 0.5, 0.5), None);
            assert_eq!(anchor(0.5, bad, 0.5, 0.5), None);
        }
        assert_eq!(anchor(0.5, 0.5, f64::NAN, 0.5), None);
        assert_eq!(anchor(0.5, 0.5, 0.5, f64::INFINITY), None);
        for edge in [0.0, 1.0] {
            assert!(anchor(edge, 1.0 - edge, 0.75, 1.0).is_some());
        }
    }

    proptest! {
        /// The posterior lies between market and model, and swapping the names of the outcomes mirrors it.
        #[test]
        fn between_and_symmetric(m in 0.01..0.99_f64, p in 0.01..0.99_f64, c in 0.0..1.0_f64, d in 0.0..1.0_f64) {
            let got = posterior(m, p, c, d);
            prop_assert!(got >= m.min(p) - 1e-9 && got <= m.max(p) + 1e-9);
            prop_assert!((posterior(1.0 - m, 1.0 - p, c, d) - (1.0 - got)).abs() < 1e-9);
        }

        #[test]
        fn monotone_in_the_model(m in 0.01..0.99_f64, p in 0.0..0.98_f64, step in 0.001..0.02_f64, d in 0.1..1.0_f64) {
            prop_assert!(posterior(m, p + step, 0.75, d) >= posterior(m, p, 0.75, d));
        }
    }
}
