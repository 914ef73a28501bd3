//! Calibration: of what was called 70 %, did 70 % happen?

use serde::{Deserialize, Serialize};

/// Bins of equal width.
pub const BINS: usize = 10;

/// One bar of a reliability diagram.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ReliabilityBin {
    /// Lower bound of the forecasts in it.
    pub low: f64,
    /// Upper bound; counted in only in the last bin.
    pub high: f64,
    /// Forecasts in it.
    pub n: u64,
    /// Their mean.
    pub mean_forecast: f64,
    /// Mean outcome: how often Yes came true.
    pub mean_outcome: f64,
}

/// Forecasts and outcomes in ten bins of equal width; empty bins are left out.
#[must_use]
pub fn reliability_bins(rows: impl IntoIterator<Item = (f64, f64)>) -> Vec<ReliabilityBin> {
    let mut sums = [(0_u64, 0.0, 0.0); BINS];
    for (p, outcome) in rows {
        if let Some((n, forecasts, outcomes)) = sums.get_mut(bin_of(p)) {
            *n += 1;
            *forecasts += p;
            *outcomes += outcome;
        }
    }
    let width = 1.0 / BINS as f64;
    sums.into_iter()
        .enumerate()
        .filter(|(_, (n, _, _))| *n > 0)
        .map(|(index, (n, forecasts, outcomes))| ReliabilityBin {
            low: index as f64 * width,
            high: (index + 1) as f64 * width,
            n,
            mean_forecast: forecasts / n as f64,
            mean_outcome: outcomes / n as f64,
        })
        .collect()
}

/// Expected calibration error: the mean gap between forecast and outcome over the bins, weighted by their rows; 0 best.
/// `None` without rows.
#[must_use]
pub fn ece(rows: impl IntoIterator<Item = (f64, f64)>) -> Option<f64> {
    let bins = reliability_bins(rows);
    let n: u64 = bins.iter().map(|bin| bin.n).sum();
    let gap = |bin: &ReliabilityBin| bin.n as f64 * (bin.mean_forecast - bin.mean_outcome).abs();
    (n > 0).then(|| bins.iter().map(gap).sum::<f64>() / n as f64)
}

/// Index of the bin of `p`; of none when it is not within [0, 1].
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // 0 to 10 by the check before
pub(super) fn bin_of(p: f64) -> usize {
    if (0.0..=1.0).contains(&p) { ((p * BINS as f64) as usize).min(BINS - 1) } else { BINS }
}
