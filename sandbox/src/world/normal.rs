//! The normal distribution function and its inverse.

/// Φ(x), by the rational approximation 7.1.26 of Abramowitz and Stegun (absolute error below 1.5e-7).
pub(crate) fn cumulative(x: f64) -> f64 {
    let z = x.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * z);
    let polynomial =
        t * (0.254_829_592 + t * (-0.284_496_736 + t * (1.421_413_741 + t * (-1.453_152_027 + t * 1.061_405_429))));
    let upper = 0.5 * polynomial * (-z * z).exp();
    if x >= 0.0 { 1.0 - upper } else { upper }
}

/// Φ⁻¹(p) for p in (0, 1), found by bisection on [`cumulative`], so the two agree with each other.
pub(crate) fn quantile(p: f64) -> f64 {
    let (mut low, mut high) = (-6.0, 6.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if cumulative(middle) < p {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        let table = [(0.0, 0.5), (1.0, 0.841_344_746), (-1.959_963_985, 0.025), (3.0, 0.998_650_102)];
        for (x, p) in table {
            assert!((cumulative(x) - p).abs() < 2e-7, "{x}");
            assert!((quantile(p) - x).abs() < 1e-4, "{p}");
        }
    }
}
