//! Confidence intervals by resampling whole events.

use std::collections::BTreeMap;

use super::Forecast;
use super::rules::skill;
use crate::chance::SplitMix64;

/// Resamples an interval is taken from.
pub const RESAMPLES: usize = 2_000;

/// The summed losses of one event.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Cluster {
    /// Rows.
    pub n: u64,
    /// Sum of the model's squared errors.
    pub model: f64,
    /// Sum of the market's squared errors.
    pub market: f64,
}

/// Squared errors by event, in the order of the events' names. Rows that are not sound are left out.
pub fn clusters<'a>(forecasts: impl IntoIterator<Item = &'a Forecast>) -> Vec<Cluster> {
    let mut by_event: BTreeMap<&str, Cluster> = BTreeMap::new();
    for row in forecasts.into_iter().filter(|row| row.is_sound()) {
        let cluster = by_event.entry(&row.cluster).or_default();
        cluster.n += 1;
        cluster.model += (row.model - row.outcome).powi(2);
        cluster.market += (row.market - row.outcome).powi(2);
    }
    by_event.into_values().collect()
}

/// 95 % interval of the skill: events are drawn with replacement, and the 2.5 % and 97.5 % points of the skills taken.
/// `None` with fewer than two events. The same seed gives the same interval.
#[must_use]
pub fn skill_ci95(clusters: &[Cluster], seed: u64) -> Option<[f64; 2]> {
    interval(clusters, seed, |drawn| {
        let (mut model, mut market) = (0.0, 0.0);
        for cluster in drawn {
            model += cluster.model;
            market += cluster.market;
        }
        skill(model, market)
    })
}

/// 95 % interval of a statistic over resampled items; `None` with fewer than two of them.
pub(crate) fn interval<T>(
    items: &[T],
    seed: u64,
    statistic: impl Fn(&mut dyn Iterator<Item = &T>) -> f64,
) -> Option<[f64; 2]> {
    if items.len() < 2 {
        return None;
    }
    let mut chance = SplitMix64::new(seed);
    let mut values: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let mut drawn = (0..items.len()).filter_map(|_| items.get(chance.below(items.len())));
            statistic(&mut drawn)
        })
        .collect();
    values.sort_by(f64::total_cmp);
    // 2.5 % of the values lie outside at either end.
    let cut = RESAMPLES / 40;
    Some([*values.get(cut)?, *values.get(RESAMPLES - 1 - cut)?])
}
