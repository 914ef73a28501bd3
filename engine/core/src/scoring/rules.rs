//! Proper scoring rules.

/// Probabilities are kept this far from 0 and 1 before a logarithm is taken, so that one wrong certainty costs 6.9 and
/// not everything. The same for model and market.
pub const LOG_MARGIN: f64 = 0.001;

/// Mean squared difference of probability and outcome, 0 best, 0.25 for always saying one half. `None` without rows.
#[must_use]
pub fn brier(rows: impl IntoIterator<Item = (f64, f64)>) -> Option<f64> {
    mean(rows, |p, outcome| (p - outcome).powi(2))
}

/// Mean of `−[y ln p + (1 − y) ln(1 − p)]`, 0 best, with p clamped to [0.001, 0.999]. `None` without rows.
#[must_use]
pub fn log_loss(rows: impl IntoIterator<Item = (f64, f64)>) -> Option<f64> {
    mean(rows, |p, outcome| {
        let p = p.clamp(LOG_MARGIN, 1.0 - LOG_MARGIN);
        -(outcome * p.ln() + (1.0 - outcome) * (1.0 - p).ln())
    })
}

/// `1 − model / market`: the share of the market's error that the model removes; below 0 it adds some. 0 when neither
/// has any error, minus infinity when only the market has none.
#[must_use]
pub fn skill(model: f64, market: f64) -> f64 {
    if market > 0.0 {
        1.0 - model / market
    } else if model > 0.0 {
        f64::NEG_INFINITY
    } else {
        0.0
    }
}

fn mean(rows: impl IntoIterator<Item = (f64, f64)>, loss: impl Fn(f64, f64) -> f64) -> Option<f64> {
    let (count, sum) =
        rows.into_iter().fold((0.0, 0.0), |(count, sum), (p, outcome)| (count + 1.0, sum + loss(p, outcome)));
    (count > 0.0).then(|| sum / count)
}
