//! Known tests and intervals: the normal distribution, Wilson, Student, Benjamini–Hochberg.

use serde::{Deserialize, Serialize};

/// The 97.5 % point of the standard normal: 95 % lie between it and its negative.
const Z_95: f64 = 1.959_963_984_540_054;

/// Count, mean and sample standard deviation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    /// How many.
    pub n: u64,
    /// Mean.
    pub mean: f64,
    /// Sample standard deviation (n − 1); 0 for one value.
    pub sd: f64,
}

/// Moments of finite values; `None` without any.
#[must_use]
#[allow(clippy::cast_precision_loss)] // a count of events
pub fn moments(values: &[f64]) -> Option<Moments> {
    let n = values.len();
    if n == 0 || values.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let mean = values.iter().sum::<f64>() / n as f64;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let sd = if n > 1 { (squares / (n - 1) as f64).sqrt() } else { 0.0 };
    Some(Moments { n: n as u64, mean, sd })
}

/// Wilson's 95 % score interval of a rate of `wins` in `n` (Wilson 1927); `None` when `n` is 0.
#[must_use]
#[allow(clippy::cast_precision_loss)] // counts of markets
pub fn wilson95(wins: u64, n: u64) -> Option<[f64; 2]> {
    if n == 0 {
        return None;
    }
    let (n, rate) = (n as f64, wins.min(n) as f64 / n as f64);
    let z = Z_95 * Z_95;
    let centre = rate + z / (2.0 * n);
    let reach = Z_95 * (rate * (1.0 - rate) / n + z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z / n;
    Some([((centre - reach) / scale).max(0.0), ((centre + reach) / scale).min(1.0)])
}

/// P(Z > z) of the standard normal, by the continued fraction of Mills' ratio beyond 2 and by the power series before;
/// relative error below 1e−9 up to z = 30.
#[must_use]
pub fn normal_tail(z: f64) -> f64 {
    if z.is_nan() {
        return f64::NAN;
    }
    if z < 0.0 {
        return 1.0 - normal_tail(-z);
    }
    let density = (-z * z / 2.0).exp() / std::f64::consts::TAU.sqrt();
    if z > 2.0 {
        // 1 / (z + 1 / (z + 2 / (z + 3 / …))), from the inside out.
        let ratio = (1..=200_u32).rev().fold(z, |inner, k| z + f64::from(k) / inner);
        return density / ratio;
    }
    // Φ(z) − 1/2 = φ(z) Σ z^(2k+1) / (1·3·5·…·(2k+1))
    let (mut term, mut sum) = (z, z);
    for k in 1..=60_u32 {
        term *= z * z / f64::from(2 * k + 1);
        sum += term;
    }
    0.5 - density * sum
}

/// The z with P(Z ≤ z) = p of the standard normal, by halving the range in which [`normal_tail`] must reach it. `None`
/// unless 0 < p < 1.
#[must_use]
pub fn normal_quantile(p: f64) -> Option<f64> {
    if !(p > 0.0 && p < 1.0) {
        return None;
    }
    // Beyond ±40 the tail is below the smallest number there is; 64 halvings leave less than the rounding of the result.
    let (mut low, mut high) = (-40.0_f64, 40.0_f64);
    for _ in 0..64 {
        let middle = f64::midpoint(low, high);
        if normal_tail(-middle) < p {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(f64::midpoint(low, high))
}

/// P(T > t) of Student's distribution with `df` degrees of freedom, by Wallace's transformation to the normal (1959);
/// the absolute error stays below 0.002 from 5 degrees on. 1 without degrees of freedom: nothing is proven.
#[must_use]
#[allow(clippy::cast_precision_loss)] // a count of events
pub fn student_tail(t: f64, df: u64) -> f64 {
    if df == 0 || t.is_nan() {
        return 1.0;
    }
    let n = df as f64;
    let z = (8.0 * n + 1.0) / (8.0 * n + 3.0) * (n * (t * t / n).ln_1p()).sqrt();
    normal_tail(z.copysign(t))
}

/// One-sided p-value of "the mean of these is not above 0", by Student's test. 1 with fewer than two values.
#[must_use]
#[allow(clippy::cast_precision_loss)] // a count of events
pub fn mean_above_zero(values: &[f64]) -> f64 {
    let Some(Moments { n, mean, sd }) = moments(values).filter(|found| found.n > 1) else {
        return 1.0;
    };
    let error = sd / (n as f64).sqrt();
    if error <= 0.0 {
        // All equal: chance cannot be told from them.
        return if mean > 0.0 { 0.0 } else { 1.0 };
    }
    student_tail(mean / error, n - 1)
}

/// Which hypotheses are rejected by Benjamini and Hochberg's step-up procedure (1995) when at most the share `rate` of the
/// rejections may be false. Valid for independent and for positively dependent tests (Benjamini and Yekutieli 2001):
/// traders who hold the same markets win and lose together. A p-value that is no number is never rejected but counts.
#[must_use]
#[allow(clippy::cast_precision_loss)] // counts of traders
pub fn benjamini_hochberg(p_values: &[f64], rate: f64) -> Vec<bool> {
    let mut sorted: Vec<f64> = p_values.iter().map(|p| if p.is_nan() { 1.0 } else { *p }).collect();
    sorted.sort_by(f64::total_cmp);
    let count = sorted.len() as f64;
    let threshold = sorted.iter().enumerate().rev().find_map(|(place, &p)| {
        let allowed = rate * (place + 1) as f64 / count;
        (p <= allowed).then_some(p)
    });
    p_values.iter().map(|&p| threshold.is_some_and(|threshold| p <= threshold)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn close(got: f64, expected: f64, within: f64) {
        assert!((got - expected).abs() <= within, "{got} is not {expected}");
    }

    #[test]
    fn wilson_by_the_table() {
        // Newcombe 1998, table I: 81/263 → .2553–.3662, 15/148 → .0624–.1605, 0/20 → 0–.1611, 1/29 → .0061–.1718.
        let table =
            [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)];
        for (wins, n, low, high) in table {
            let [got_low, got_high] = wilson95(wins, n).unwrap();
            close(got_low, low, 5e-5);
            close(got_high, high, 5e-5);
        }
        assert_eq!(wilson95(0, 0), None);
    }

    #[test]
    fn tails_by_the_table() {
        for (z, p) in
            [(0.0, 0.5), (1.0, 0.158_655_253_9), (1.96, 0.024_997_895_1), (3.0, 1.349_898e-3), (6.0, 9.865_876e-10)]
        {
            close(normal_tail(z), p, p * 1e-6);
            close(normal_tail(-z), 1.0 - p, 1e-9);
        }
        for (p, z) in [(0.5, 0.0), (0.975, 1.959_963_985), (0.01, -2.326_347_874), (0.999_9, 3.719_016_485)] {
            close(normal_quantile(p).unwrap(), z, 1e-6);
        }
        assert_eq!([0.0, 1.0, f64::NAN].map(normal_quantile), [None; 3]);
        // Upper 5 % and 1 % points of Student's t.
        for (t, df, p) in [(2.015, 5, 0.05), (1.812, 10, 0.05), (2.764, 10, 0.01), (1.699, 29, 0.05), (2.462, 29, 0.01)]
        {
            close(student_tail(t, df), p, 0.002);
            close(student_tail(-t, df), 1.0 - p, 0.002);
        }
        close(mean_above_zero(&[1.0, 2.0, 3.0, 4.0, 5.0]), 0.006_6, 0.002); // t = 4.243 on 4
        close(mean_above_zero(&[7.0]), 1.0, 0.0);
    }

    #[test]
    fn benjamini_and_hochbergs_own_example() {
        // The fifteen p-values of their paper: four are rejected at 0.05.
        let p = [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528,
            0.7590, 1.0,
        ];
        let rejected = benjamini_hochberg(&p, 0.05);
        assert_eq!(rejected.iter().filter(|found| **found).count(), 4);
        assert!(rejected[..4].iter().all(|found| *found));
        assert_eq!(benjamini_hochberg(&[f64::NAN, 0.04], 0.05), [false, false]);
        assert_eq!(benjamini_hochberg(&[0.04], 0.05), [true]);
        assert!(benjamini_hochberg(&[], 0.05).is_empty());
    }

    proptest! {
        #[test]
        fn wilson_holds_the_rate(n in 1..5000_u64, part in 0..5000_u64) {
            let wins = part % (n + 1);
            let [low, high] = wilson95(wins, n).unwrap();
            let rate = wins as f64 / n as f64;
            prop_assert!(0.0 <= low && low <= rate + 1e-12 && rate <= high + 1e-12 && high <= 1.0);
        }

        #[test]
        fn smaller_p_values_are_rejected_first(p in proptest::collection::vec(0.0..=1.0_f64, 1..30)) {
            let rejected = benjamini_hochberg(&p, 0.1);
            for (a, a_out) in p.iter().zip(&rejected) {
                for (b, b_out) in p.iter().zip(&rejected) {
                    prop_assert!(!(a <= b && *b_out && !*a_out));
                }
            }
            // Holds at the last place what a single test would ask, so Bonferroni's rejections are among them.
            let count = p.len() as f64;
            prop_assert!(p.iter().zip(&rejected).all(|(p, out)| *p > 0.1 / count || *out));
        }
    }
}
