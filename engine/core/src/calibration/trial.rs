//! Does a curve help on forecasts it has not seen?

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::curve::{Curve, Method};
use crate::probability::Probability;
use crate::scoring::{Forecast, Score, Verdict};

/// Windows of equally many forecasts; the first is only learned from.
const WINDOWS: usize = 5;
/// A window is judged only if at least this many forecasts could be learned from before it.
const MIN_LEARNED: usize = 100;

/// A resolved forecast as it was said, before any curve.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The event it belongs to.
    pub cluster: String,
    /// P(Yes) as said.
    pub said: f64,
    /// What Yes paid, 0–1.
    pub outcome: f64,
    /// When it was said.
    pub at: DateTime<Utc>,
    /// When the outcome became known.
    pub known_at: DateTime<Utc>,
}

impl Sample {
    /// True when both numbers lie within [0, 1].
    #[must_use]
    pub fn is_sound(&self) -> bool {
        [self.said, self.outcome].iter().all(|value| (0.0..=1.0).contains(value))
    }
}

/// What a curve did to forecasts it was not fitted on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// How the curves were fitted.
    pub method: Method,
    /// Forecasts judged.
    pub n: u64,
    /// Events they belong to.
    pub events: u64,
    /// Their Brier score as said.
    pub brier_before: f64,
    /// Their Brier score after the curve.
    pub brier_after: f64,
    /// `1 − after / before`.
    pub gain: f64,
    /// Its 95 % interval, by resampling events.
    pub gain_ci95: [f64; 2],
    /// `proven` when the curve helps.
    pub verdict: Verdict,
}

/// Walks forward through the sound samples: each window of time is judged with a curve fitted on those whose outcome was
/// known before the window began and whose event has no forecast in it. `None` when no window can be judged.
#[must_use]
pub fn trial(samples: &[Sample], method: Method, seed: u64) -> Option<Trial> {
    let mut ordered: Vec<&Sample> = samples.iter().filter(|sample| sample.is_sound()).collect();
    ordered.sort_by(|a, b| a.at.cmp(&b.at).then_with(|| a.cluster.cmp(&b.cluster)));
    let size = ordered.len().div_ceil(WINDOWS).max(1);
    let judged: Vec<Forecast> =
        ordered.chunks(size).skip(1).flat_map(|window| judge_window(&ordered, window, method)).collect();
    let score = Score::of(&judged.iter().collect::<Vec<_>>(), seed)?;
    Some(Trial {
        method,
        n: score.n,
        events: score.events,
        brier_before: score.brier_market,
        brier_after: score.brier_model,
        gain: score.skill,
        gain_ci95: score.skill_ci95,
        verdict: score.verdict,
    })
}

/// The forecasts of a window after the curve, beside what was said in place of the market; none when there is too little
/// to learn from.
fn judge_window(all: &[&Sample], window: &[&Sample], method: Method) -> Vec<Forecast> {
    let Some(start) = window.first().map(|sample| sample.at) else { return Vec::new() };
    let judged: std::collections::BTreeSet<&str> = window.iter().map(|sample| sample.cluster.as_str()).collect();
    let learned: Vec<(f64, f64)> = all
        .iter()
        .filter(|sample| sample.known_at < start && !judged.contains(sample.cluster.as_str()))
        .map(|sample| (sample.said, sample.outcome))
        .collect();
    if learned.len() < MIN_LEARNED {
        return Vec::new();
    }
    let Some(curve) = Curve::fit(method, &learned) else { return Vec::new() };
    window.iter().filter_map(|sample| bent(sample, &curve)).collect()
}

fn bent(sample: &Sample, curve: &Curve) -> Option<Forecast> {
    Some(Forecast {
        cluster: sample.cluster.clone(),
        model: curve.apply(Probability::new(sample.said)?).get(),
        market: sample.said,
        outcome: sample.outcome,
        at: sample.at,
        end_at: None,
        category: None,
    })
}
