//! Figures of an equity curve.

use serde::Serialize;

use crate::copy::statistics::moments;

/// Prediction markets trade every day of the year.
const DAYS_A_YEAR: f64 = 365.0;

/// Figures of an equity curve with one value a UTC day.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CurveReport {
    /// Mean daily return over its standard deviation, times √365; the riskless rate counts as 0. `None` with fewer than
    /// two days or when nothing moved.
    pub sharpe: Option<f64>,
    /// The same over the root mean square of the falling days alone. `None` when no day fell.
    pub sortino: Option<f64>,
    /// Deepest fall from a high, as a share of the high, 0–1.
    pub max_drawdown: f64,
    /// Days from a high to the next one, the longest such time; to the end when the high was not reached again.
    pub max_drawdown_days: u64,
    /// Days of the curve.
    pub days: u64,
}

impl CurveReport {
    /// Of a curve that starts at `start` and has the given values at the ends of its days.
    #[must_use]
    pub fn new(start: f64, days: &[f64]) -> Self {
        let returns = daily_returns(start, days);
        let (max_drawdown, max_drawdown_days) = drawdown(start, days);
        Self {
            sharpe: sharpe(&returns),
            sortino: sortino(&returns),
            max_drawdown,
            max_drawdown_days,
            days: days.len() as u64,
        }
    }
}

/// Simple returns from day to day; 0 after everything was lost.
#[must_use]
pub fn daily_returns(start: f64, days: &[f64]) -> Vec<f64> {
    let before = std::iter::once(&start).chain(days);
    before.zip(days).map(|(before, after)| if *before > 0.0 { after / before - 1.0 } else { 0.0 }).collect()
}

/// Annualised Sharpe ratio of daily returns (sample deviation).
#[must_use]
pub fn sharpe(returns: &[f64]) -> Option<f64> {
    let moments = moments(returns).filter(|moments| moments.n > 1 && moments.sd > 0.0)?;
    Some(moments.mean / moments.sd * DAYS_A_YEAR.sqrt())
}

/// Annualised Sortino ratio of daily returns against 0.
#[must_use]
pub fn sortino(returns: &[f64]) -> Option<f64> {
    let n = returns.len() as f64;
    let downside = (returns.iter().map(|value| value.min(0.0).powi(2)).sum::<f64>() / n).sqrt();
    let mean = returns.iter().sum::<f64>() / n;
    (returns.len() > 1 && downside > 0.0).then(|| mean / downside * DAYS_A_YEAR.sqrt())
}

/// Deepest fall from a high as a share of it, and the longest time below a high in days.
#[must_use]
pub fn drawdown(start: f64, days: &[f64]) -> (f64, u64) {
    let (mut high, mut deepest) = (start, 0.0_f64);
    let (mut below, mut longest) = (0_u64, 0_u64);
    for &value in days {
        if value >= high {
            high = value;
            below = 0;
        } else {
            below += 1;
            longest = longest.max(below);
            deepest = deepest.max(if high > 0.0 { 1.0 - value / high } else { 0.0 });
        }
    }
    (deepest, longest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn close(got: Option<f64>, expected: f64) {
        assert!(got.is_some_and(|got| (got - expected).abs() < 1e-9), "{got:?} is not {expected}");
    }

    #[test]
    fn worked_values() {
        // Returns +10 %, −10 %, +20 %: mean 0.2/3, sample variance ((1/30)² + (1/6)² + (2/15)²) / 2.
        let days = [110.0, 99.0, 118.8];
        let returns = daily_returns(100.0, &days);
        let mean = 0.2 / 3.0;
        let sd = (((1.0_f64 / 30.0).powi(2) + (1.0_f64 / 6.0).powi(2) + (2.0_f64 / 15.0).powi(2)) / 2.0).sqrt();
        close(sharpe(&returns), mean / sd * 365.0_f64.sqrt());
        close(sortino(&returns), mean / (0.01_f64 / 3.0).sqrt() * 365.0_f64.sqrt());
        let (deepest, longest) = drawdown(100.0, &days);
        assert!((deepest - 0.1).abs() < 1e-12 && longest == 1);
    }

    #[test]
    fn what_cannot_be_said_is_not_said() {
        assert_eq!(sharpe(&[]), None);
        assert_eq!(sharpe(&[0.1]), None);
        assert_eq!(sharpe(&[0.0, 0.0]), None);
        assert_eq!(sortino(&[0.1, 0.2]), None);
        assert_eq!(drawdown(300.0, &[]), (0.0, 0));
        assert_eq!(daily_returns(100.0, &[0.0, 5.0]), [-1.0, 0.0]);
        // Never back at the high: counted to the end.
        assert_eq!(drawdown(100.0, &[90.0, 95.0, 80.0]), (0.2 + (1.0 - 80.0 / 100.0 - 0.2), 3));
    }

    proptest! {
        #[test]
        fn scale_changes_nothing(days in prop::collection::vec(1.0..1_000.0_f64, 2..60), scale in 0.01..100.0_f64) {
            let scaled: Vec<f64> = days.iter().map(|value| value * scale).collect();
            let (one, other) = (CurveReport::new(300.0, &days), CurveReport::new(300.0 * scale, &scaled));
            prop_assert!((one.max_drawdown - other.max_drawdown).abs() < 1e-9);
            prop_assert!((0.0..=1.0).contains(&one.max_drawdown));
            prop_assert!(one.max_drawdown_days <= one.days);
            if let (Some(one), Some(other)) = (one.sharpe, other.sharpe) {
                prop_assert!((one - other).abs() < 1e-6 * one.abs().max(1.0));
            }
        }

        #[test]
        fn a_rising_curve_never_falls(steps in prop::collection::vec(0.0..10.0_f64, 1..60)) {
            let days: Vec<f64> = steps.iter().scan(300.0, |sum, step| { *sum += step; Some(*sum) }).collect();
            let got = CurveReport::new(300.0, &days);
            prop_assert_eq!((got.max_drawdown, got.max_drawdown_days, got.sortino), (0.0, 0, None));
        }
    }
}
