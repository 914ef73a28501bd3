//! The Sharpe ratio of the best of many tries, less what the best of so many would show by luck.
//!
//! D. H. Bailey and M. López de Prado, "The Deflated Sharpe Ratio: Correcting for Selection Bias, Backtest Overfitting and
//! Non-Normality", Journal of Portfolio Management 40(5), 2014. All Sharpe ratios here are per observation, not annualised.

use serde::Serialize;

use crate::copy::statistics::{moments, normal_quantile, normal_tail};

/// Euler and Mascheroni's constant.
const EULER_GAMMA: f64 = 0.577_215_664_901_532_9;

/// What a Sharpe ratio is worth after so many tries.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct DeflatedSharpe {
    /// Observations of the returns.
    pub observations: u64,
    /// Tries whose Sharpe ratio is known.
    pub tries: u64,
    /// Sharpe ratio of the chosen try, an observation.
    pub sharpe: f64,
    /// The Sharpe ratio the best of so many tries is expected to have when none has any: `SR₀` of the paper.
    pub by_luck: f64,
    /// Skewness of the returns.
    pub skewness: f64,
    /// Kurtosis of the returns, 3 for normal ones.
    pub kurtosis: f64,
    /// Probability that the true Sharpe ratio lies above 0, 0–1: `DSR` of the paper. 0.95 is the usual bar.
    pub probability: f64,
}

/// Deflates the Sharpe ratio of the chosen try by the spread of the ratios of all tries. `None` when the returns are fewer
/// than three, none moved, or one is no finite number; also when no try has a ratio.
///
/// Tries that resemble each other count in full. Their ratios also spread less, so that the two errors work against each
/// other; the reality check ([`super::reality`]) sees the likeness itself.
#[must_use]
#[allow(clippy::cast_precision_loss)] // counts of days and tries
pub fn deflated_sharpe(returns: &[f64], of_all_tries: &[f64]) -> Option<DeflatedSharpe> {
    // Equal values have a deviation above 0 by rounding alone.
    let moved = returns.iter().any(|value| returns.first() != Some(value));
    let own = moments(returns).filter(|own| moved && own.n > 2 && own.sd > 0.0)?;
    let all = moments(of_all_tries)?;
    let n = own.n as f64;
    let power = |k: i32| returns.iter().map(|value| (value - own.mean).powi(k)).sum::<f64>() / n;
    let variance = power(2);
    let (skewness, kurtosis) = (power(3) / variance.powf(1.5), power(4) / variance.powi(2));
    let sharpe = own.mean / own.sd;
    let by_luck = all.sd * expected_highest(all.n);
    let probability = probability(sharpe, by_luck, own.n, skewness, kurtosis);
    Some(DeflatedSharpe { observations: own.n, tries: all.n, sharpe, by_luck, skewness, kurtosis, probability })
}

/// Expected highest of `n` independent standard normals, by the paper's approximation; 0 of a single one.
#[allow(clippy::cast_precision_loss)] // a count of tries
fn expected_highest(n: u64) -> f64 {
    let n = n as f64;
    let (Some(near), Some(far)) =
        (normal_quantile(1.0 - 1.0 / n), normal_quantile(1.0 - 1.0 / (n * std::f64::consts::E)))
    else {
        return 0.0;
    };
    (1.0 - EULER_GAMMA) * near + EULER_GAMMA * far
}

/// Probability that the true ratio exceeds `bar`, by the standard error of a ratio of returns that are not normal.
#[allow(clippy::cast_precision_loss)] // a count of days
fn probability(sharpe: f64, bar: f64, n: u64, skewness: f64, kurtosis: f64) -> f64 {
    let spread = (1.0 - skewness * sharpe + (kurtosis - 1.0) / 4.0 * sharpe.powi(2)).max(f64::MIN_POSITIVE).sqrt();
    normal_tail(-((sharpe - bar) * (n as f64 - 1.0).sqrt() / spread))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::SplitMix64;

    fn close(got: f64, expected: f64, within: f64) {
        assert!((got - expected).abs() <= within, "{got} is not {expected}");
    }

    #[test]
    fn the_papers_own_example() {
        // Five years of days, an annual ratio of 2.5, 100 tries whose annual ratios vary by 1/2, skewness −3, kurtosis 10.
        let by_luck = (0.5_f64 / 250.0).sqrt() * expected_highest(100);
        close(by_luck, 0.1132, 5e-5);
        close(probability(2.5 / 250.0_f64.sqrt(), by_luck, 1_250, -3.0, 10.0), 0.9004, 5e-5);
    }

    #[test]
    fn what_cannot_be_said_is_not_said() {
        let spread = [0.1, -0.1];
        for returns in [&[][..], &[0.1, 0.2], &[0.1, 0.1, 0.1], &[0.1, f64::NAN, 0.2]] {
            assert_eq!(deflated_sharpe(returns, &spread), None, "{returns:?}");
        }
        assert_eq!(deflated_sharpe(&[0.1, 0.0, 0.2], &[]), None);
        // One try was not chosen from anything.
        assert_eq!(deflated_sharpe(&[0.1, 0.0, 0.2], &[0.7]).unwrap().by_luck, 0.0);
    }

    /// Daily returns with the given mean and a spread of 1 %.
    fn year(mean: f64, chance: &mut SplitMix64) -> Vec<f64> {
        (0..250).map(|_| mean + 0.01 * 12.0_f64.sqrt() * (chance.unit() - 0.5)).collect()
    }

    fn best_of_fifty(mean: f64, seed: u64) -> DeflatedSharpe {
        let mut chance = SplitMix64::new(seed);
        let tries: Vec<Vec<f64>> = (0..50).map(|_| year(mean, &mut chance)).collect();
        let ratio = |returns: &Vec<f64>| moments(returns).map_or(0.0, |found| found.mean / found.sd);
        let ratios: Vec<f64> = tries.iter().map(ratio).collect();
        let best = tries.iter().max_by(|a, b| ratio(a).total_cmp(&ratio(b))).unwrap();
        deflated_sharpe(best, &ratios).unwrap()
    }

    #[test]
    fn the_best_of_fifty_nothings_is_not_believed_and_a_real_one_is() {
        let believed = (0..100).filter(|seed| best_of_fifty(0.0, *seed).probability > 0.95).count();
        assert!(believed <= 5, "{believed} of 100");
        let found = (0..20).filter(|seed| best_of_fifty(0.004, *seed).probability > 0.95).count();
        assert_eq!(found, 20);
    }
}
