//! Kelly: the share of the bankroll that makes it grow fastest.

/// Up to this many days to the end the whole stake is allowed.
const FULL_STAKE_DAYS: f64 = 3.0;
/// However far away the end is, the scale does not fall below this.
const MIN_SCALE: f64 = 0.2;

/// Full Kelly fraction of a share bought at `cost` dollars, fees in, that pays one dollar with `win_probability`:
/// `(q − c) / (1 − c)`, in [0, 1]. 0 without an edge, and for a cost outside (0, 1) or anything that is not a number.
#[must_use]
pub fn kelly_fraction(win_probability: f64, cost: f64) -> f64 {
    let sane = (0.0..=1.0).contains(&win_probability) && cost > 0.0 && cost < 1.0;
    if !sane || win_probability <= cost {
        return 0.0;
    }
    ((win_probability - cost) / (1.0 - cost)).clamp(0.0, 1.0)
}

/// Terminal risk scaling by days to the published end: 1 up to 3 days, then `sqrt(3 / days)`, never below 0.2; 0.2 when
/// the days are not a number.
#[must_use]
pub fn terminal_scale(days: f64) -> f64 {
    if days.is_nan() {
        return MIN_SCALE;
    }
    if days <= FULL_STAKE_DAYS {
        return 1.0;
    }
    (FULL_STAKE_DAYS / days).sqrt().max(MIN_SCALE)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn worked_values() {
        let table = [
            (0.60, 0.50, 0.2),
            (0.50, 0.50, 0.0),
            (0.40, 0.50, 0.0),
            (1.0, 0.25, 1.0),
            (0.0, 0.25, 0.0),
            (0.5, 0.0, 0.0),
            (0.5, 1.0, 0.0),
            (1.0, 1.0, 0.0),
            (f64::NAN, 0.5, 0.0),
            (0.5, f64::NAN, 0.0),
            (2.0, 0.5, 0.0),
            (0.5, f64::NEG_INFINITY, 0.0),
        ];
        for (q, c, expected) in table {
            assert!((kelly_fraction(q, c) - expected).abs() < 1e-12, "q {q} c {c}");
        }
        let days = [(0.0, 1.0), (3.0, 1.0), (12.0, 0.5), (75.0, 0.2), (1e9, 0.2), (-1.0, 1.0), (f64::NAN, 0.2)];
        for (days, expected) in days {
            assert!((terminal_scale(days) - expected).abs() < 1e-12, "{days} days");
        }
    }

    /// Expected log of wealth after staking the share `f` on shares at `c`.
    fn growth(q: f64, c: f64, f: f64) -> f64 {
        q * (1.0 - f + f / c).ln() + (1.0 - q) * (1.0 - f).ln()
    }

    proptest! {
        #[test]
        fn it_maximises_expected_log_wealth(q in 0.01..0.99_f64, c in 0.01..0.99_f64) {
            let best = kelly_fraction(q, c);
            for step in 0..1000_u32 {
                let other = f64::from(step) / 1000.0;
                prop_assert!(growth(q, c, other) <= growth(q, c, best) + 1e-12, "{other} beats {best}");
            }
        }

        #[test]
        fn monotone_in_probability_and_cost(q in 0.0..0.99_f64, c in 0.01..0.98_f64, step in 0.0..0.01_f64) {
            prop_assert!(kelly_fraction(q + step, c) >= kelly_fraction(q, c));
            prop_assert!(kelly_fraction(q, c + step) <= kelly_fraction(q, c));
            prop_assert!(kelly_fraction(c, c) <= 0.0);
        }

        #[test]
        fn any_input_is_safe(q in any::<f64>(), c in any::<f64>(), days in any::<f64>()) {
            prop_assert!((0.0..=1.0).contains(&kelly_fraction(q, c)));
            prop_assert!((MIN_SCALE..=1.0).contains(&terminal_scale(days)));
        }
    }
}
