//! The score of a model on recorded markets.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use engine_core::calibration::{Method, Sample, Trial, trial};
use engine_core::scoring::{self, Forecast, Score, ScoreReport, Verdict};
use thiserror::Error;

use super::rows::score_rows;
use super::{BOOTSTRAP_SEED, ONE_PER};
use crate::dataset::{DataSet, DataSetError, SnapshotPlan, TrainingRow, training_rows};
use crate::predict::{ModelError, ModelInfo, Predictor};

/// What to score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScorePlan {
    /// Moments from here on; `None` from the first.
    pub from: Option<DateTime<Utc>>,
    /// Moments before this; `None` to the last.
    pub to: Option<DateTime<Utc>>,
    /// How far a forecast may move the market price (`LR_DAMPING`).
    pub damping: f64,
}

impl ScorePlan {
    fn covers(&self, row: &TrainingRow<'_>) -> bool {
        self.from.is_none_or(|from| row.as_of >= from) && self.to.is_none_or(|to| row.as_of < to)
    }
}

/// A model against the market on recorded markets.
#[derive(Debug, Clone, PartialEq)]
pub struct DataScore {
    /// The model.
    pub model: ModelInfo,
    /// What the bot would have said, on the rows that count; `None` when there are none.
    pub posterior: Option<ScoreReport>,
    /// The ensemble alone, on the same rows.
    pub raw: Option<ScoreReport>,
    /// The market price with a logistic correction learned walking forward, against the bare market price; `None` when
    /// there is too little to learn from. What a model has to beat to be more than a correction.
    pub recalibrated_market: Option<Trial>,
    /// True when the model was trained on every row there is: what is measured then is no result.
    pub in_sample: bool,
    /// Rows from the model's training time, or of an event that has such rows.
    pub in_sample_rows: u64,
    /// What the bot would have said on those, when others count; no result either.
    pub in_sample_score: Option<Score>,
    /// Markets with rows that count.
    pub markets: u64,
    /// Markets of the data set.
    pub markets_in_all: u64,
    /// Rows the model gave no probability for.
    pub refused: u64,
    /// What was left out, by reason.
    pub skipped: BTreeMap<&'static str, u64>,
}

/// Why nothing was scored.
#[derive(Debug, Error)]
pub enum ScoreError {
    /// The data set.
    #[error(transparent)]
    Data(#[from] DataSetError),
    /// The model.
    #[error(transparent)]
    Model(#[from] ModelError),
}

/// Which moments of recorded markets are scored: one for each market in each [`ONE_PER`], the rule of the log as well,
/// at prices the gates let through. Inferred outcomes are never scored.
#[must_use]
pub fn score_moments() -> SnapshotPlan {
    let step = TimeDelta::from_std(ONE_PER).unwrap_or(TimeDelta::MAX);
    SnapshotPlan { step, include_inferred: false, ..SnapshotPlan::default() }
}

/// Scores a model on the data set in `data`. Rows the model could have learned from are kept apart; only when there are
/// no others are they reported, and then without a verdict. `progress` is called with markets done and markets in all.
///
/// # Errors
/// [`ScoreError`] when the data set cannot be read or the model not be run.
pub fn score_data(
    model: &dyn Predictor,
    data: &Path,
    plan: &ScorePlan,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<DataScore, ScoreError> {
    let set = DataSet::read(data)?;
    let info = model.info();
    let moments = score_moments();
    let mut skipped = set.skipped.clone();
    let mut rows = Vec::new();
    for (done, market) in set.markets.iter().enumerate() {
        progress(done, set.markets.len());
        let found = training_rows(market, &moments);
        if found.is_empty() {
            *skipped.entry(market.why_no_rows(&moments)).or_insert(0) += 1;
        }
        rows.extend(found);
    }
    progress(set.markets.len(), set.markets.len());
    let (seen, unseen) = split_by_training(rows, info.training.to);
    let seen: Vec<_> = seen.into_iter().filter(|row| plan.covers(row)).collect();
    let unseen: Vec<_> = unseen.into_iter().filter(|row| plan.covers(row)).collect();
    let in_sample = unseen.is_empty() && !seen.is_empty();
    let in_sample_rows = seen.len() as u64;
    let (counted, apart) = if in_sample { (seen, Vec::new()) } else { (unseen, seen) };

    let scored = score_rows(model, &counted, plan.damping)?;
    let beside = score_rows(model, &apart, plan.damping)?;
    let report = |forecasts: &[Forecast]| {
        let report = scoring::report(forecasts, BOOTSTRAP_SEED)?;
        Some(if in_sample { without_verdict(report) } else { report })
    };
    let beside: Vec<&Forecast> = beside.posterior.iter().collect();
    Ok(DataScore {
        posterior: report(&scored.posterior),
        raw: report(&scored.raw),
        recalibrated_market: recalibrated_market(&counted),
        in_sample,
        in_sample_rows,
        in_sample_score: Score::of(&beside, BOOTSTRAP_SEED).map(no_verdict),
        markets: counted.iter().map(|row| row.market.mid.as_str()).collect::<HashSet<_>>().len() as u64,
        markets_in_all: set.markets.len() as u64,
        refused: scored.refused,
        skipped,
        model: info,
    })
}

/// Splits rows into those a model trained up to `trained_to` could have learned from and those it could not: a row is
/// seen when it is no later, or when its event has such a row (the outcome of an event is one thing).
#[must_use]
pub fn split_by_training<'a>(
    rows: Vec<TrainingRow<'a>>,
    trained_to: DateTime<Utc>,
) -> (Vec<TrainingRow<'a>>, Vec<TrainingRow<'a>>) {
    let early = rows.iter().filter(|row| row.as_of <= trained_to);
    let events: HashSet<String> = early.map(|row| row.event.clone()).collect();
    rows.into_iter().partition(|row| events.contains(&row.event))
}

/// A report on rows the model was trained on proves nothing, in whole or in part.
fn without_verdict(mut report: ScoreReport) -> ScoreReport {
    report.total = no_verdict(report.total);
    for parts in [&mut report.by_horizon, &mut report.by_category, &mut report.by_price] {
        for score in parts.values_mut() {
            *score = no_verdict(score.clone());
        }
    }
    report
}

fn no_verdict(score: Score) -> Score {
    Score { verdict: Verdict::NotProven, events_needed: None, ..score }
}

/// The logistic recalibration of the market price, each window fitted on what had ended before it.
fn recalibrated_market(rows: &[TrainingRow<'_>]) -> Option<Trial> {
    let samples: Vec<Sample> = rows.iter().filter_map(sample).collect();
    trial::trial(&samples, Method::Platt, BOOTSTRAP_SEED)
}

fn sample(row: &TrainingRow<'_>) -> Option<Sample> {
    let market = row.market;
    let last_price = market.prices.last().map(crate::dataset::RecordedPrice::at);
    // Nobody recorded when an outcome became known: not before the end, the close and the last price.
    let known_at = [market.closed_at, market.end_at, last_price].into_iter().flatten().max()?;
    Some(Sample { cluster: row.event.clone(), said: row.market_price, outcome: row.outcome, at: row.as_of, known_at })
}
