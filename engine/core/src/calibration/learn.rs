//! Learning a curve, and whether to use it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::curve::{Curve, Method};
use super::trial::{Sample, Trial, trial};
use crate::scoring::Verdict;

/// Fewer resolved forecasts than this teach nothing.
pub const MIN_ROWS: u64 = 500;
/// Nor do forecasts of fewer events.
pub const MIN_EVENTS: u64 = 200;
/// The free curve needs this many forecasts.
const ISOTONIC_ROWS: u64 = 2_000;
/// And this many events.
const ISOTONIC_EVENTS: u64 = 400;

/// What the resolved forecasts of a source taught.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Lesson {
    /// Resolved forecasts.
    pub rows: u64,
    /// Events they belong to.
    pub events: u64,
    /// The best trial; `None` while there is too little data.
    pub trial: Option<Trial>,
    /// The curve to use, fitted on all of them; `None` leaves forecasts as they are.
    pub curve: Option<Curve>,
}

/// Learns from the resolved forecasts of one source. Every method there is enough data for is tried walking forward; the
/// one that gains most is used if the whole interval of its gain lies above 0.
///
/// The same samples and seed give the same lesson.
#[must_use]
pub fn learn(samples: &[Sample], seed: u64) -> Lesson {
    let sound: Vec<&Sample> = samples.iter().filter(|sample| sample.is_sound()).collect();
    let rows = sound.len() as u64;
    let events = sound.iter().map(|sample| sample.cluster.as_str()).collect::<BTreeSet<_>>().len() as u64;
    let trials = methods(rows, events).iter().filter_map(|method| trial(samples, *method, seed));
    let best = trials.max_by(|a, b| a.gain.total_cmp(&b.gain));
    let pairs = || sound.iter().map(|sample| (sample.said, sample.outcome)).collect::<Vec<_>>();
    let curve =
        best.filter(|trial| trial.verdict == Verdict::Proven).and_then(|trial| Curve::fit(trial.method, &pairs()));
    Lesson { rows, events, trial: best, curve }
}

/// The methods there is enough data for.
fn methods(rows: u64, events: u64) -> &'static [Method] {
    if rows < MIN_ROWS || events < MIN_EVENTS {
        &[]
    } else if rows < ISOTONIC_ROWS || events < ISOTONIC_EVENTS {
        &[Method::Platt]
    } else {
        &[Method::Platt, Method::Isotonic]
    }
}
