//! Is the model better calibrated than the market, or only by luck?

use std::collections::BTreeMap;

use super::Forecast;
use super::bootstrap::interval;
use super::calibration::{BINS, bin_of};

/// What one event adds to the calibration errors: per bin, the sum of forecast minus outcome.
#[derive(Debug, Clone, Default)]
struct Gaps {
    n: u64,
    /// Bin and gap; bins of the market are counted on from [`BINS`].
    cells: Vec<(usize, f64)>,
}

/// Calibration error of the model minus that of the market, with its 95 % interval by resampling events; below 0 the
/// model is better calibrated. `None` with fewer than two events.
#[must_use]
pub fn ece_gap<'a>(forecasts: impl IntoIterator<Item = &'a Forecast>, seed: u64) -> Option<(f64, [f64; 2])> {
    let mut by_event: BTreeMap<&str, Gaps> = BTreeMap::new();
    for row in forecasts.into_iter().filter(|row| row.is_sound()) {
        let gaps = by_event.entry(&row.cluster).or_default();
        gaps.n += 1;
        gaps.cells.push((bin_of(row.model), row.model - row.outcome));
        gaps.cells.push((BINS + bin_of(row.market), row.market - row.outcome));
    }
    let events: Vec<Gaps> = by_event.into_values().collect();
    let gap = total_gap(&mut events.iter());
    Some((gap, interval(&events, seed, |drawn| total_gap(drawn))?))
}

fn total_gap(events: &mut dyn Iterator<Item = &Gaps>) -> f64 {
    let (mut n, mut sums) = (0, [0.0; 2 * BINS]);
    for event in events {
        n += event.n;
        for &(cell, gap) in &event.cells {
            if let Some(sum) = sums.get_mut(cell) {
                *sum += gap;
            }
        }
    }
    let (model, market) = sums.split_at(BINS);
    let error = |sums: &[f64]| sums.iter().map(|sum: &f64| sum.abs()).sum::<f64>();
    (error(model) - error(market)) / n as f64
}
