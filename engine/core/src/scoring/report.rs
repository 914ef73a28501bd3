//! The whole score of a set of forecasts, and its parts by horizon, category and price.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Forecast;
use super::bootstrap::{clusters, skill_ci95};
use super::calibration::{ReliabilityBin, ece, reliability_bins};
use super::ece_gap::ece_gap;
use super::rules::{brier, log_loss, skill};
use super::verdict::{Verdict, events_needed, verdict};
use crate::notice::ScoreSummary;
use crate::time::days_between;

/// Horizons by days to the published end: name, and the days it reaches up to.
const HORIZONS: [(&str, f64); 5] =
    [("0-1d", 1.0), ("1-3d", 3.0), ("3-7d", 7.0), ("7-14d", 14.0), ("over 14d", f64::INFINITY)];
/// Name of the part without a published end, or past it.
const NO_HORIZON: &str = "unknown";
/// Bands of the market price of Yes: name, and the price it reaches up to.
const BANDS: [(&str, f64); 6] =
    [("0-10%", 0.1), ("10-30%", 0.3), ("30-50%", 0.5), ("50-70%", 0.7), ("70-90%", 0.9), ("90-100%", 1.0)];
/// Name of the part whose market price is none.
const NO_BAND: &str = "unknown";
/// Name of the part without a category.
const NO_CATEGORY: &str = "none";

/// Model against market on the same rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Rows.
    pub n: u64,
    /// Events they belong to.
    pub events: u64,
    /// Brier score of the model.
    pub brier_model: f64,
    /// Brier score of the market.
    pub brier_market: f64,
    /// Log loss of the model.
    pub log_loss_model: f64,
    /// Log loss of the market.
    pub log_loss_market: f64,
    /// `1 − brier_model / brier_market`.
    pub skill: f64,
    /// Its 95 % interval, clustered by event; the skill itself twice when there is one event only.
    pub skill_ci95: [f64; 2],
    /// Calibration error of the model.
    pub ece_model: f64,
    /// Calibration error of the market.
    pub ece_market: f64,
    /// What that proves.
    pub verdict: Verdict,
    /// About how many more events would prove a skill of this size; `None` when there is none to prove.
    pub events_needed: Option<u64>,
}

/// A score with its parts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoreReport {
    /// The whole.
    #[serde(flatten)]
    pub total: Score,
    /// By days to the published end.
    pub by_horizon: BTreeMap<String, Score>,
    /// By category.
    pub by_category: BTreeMap<String, Score>,
    /// By market price of Yes.
    pub by_price: BTreeMap<String, Score>,
    /// Calibration error of the model minus that of the market; below 0 the model's is smaller.
    pub ece_gap: f64,
    /// Its 95 % interval, clustered by event; the gap itself twice when there is one event only.
    pub ece_gap_ci95: [f64; 2],
    /// Reliability of the model.
    pub reliability: Vec<ReliabilityBin>,
}

impl Score {
    /// Scores the sound rows; `None` when there are none. The same seed gives the same interval.
    #[must_use]
    pub fn of(forecasts: &[&Forecast], seed: u64) -> Option<Self> {
        let sound = || forecasts.iter().filter(|row| row.is_sound());
        let model = || sound().map(|row| (row.model, row.outcome));
        let market = || sound().map(|row| (row.market, row.outcome));
        let (brier_model, brier_market) = (brier(model())?, brier(market())?);
        let skill = skill(brier_model, brier_market);
        let clusters = clusters(forecasts.iter().copied());
        let ci95 = skill_ci95(&clusters, seed).unwrap_or([skill; 2]);
        let events = clusters.len() as u64;
        Some(Self {
            n: clusters.iter().map(|cluster| cluster.n).sum(),
            events,
            brier_model,
            brier_market,
            log_loss_model: log_loss(model())?,
            log_loss_market: log_loss(market())?,
            skill,
            skill_ci95: ci95,
            ece_model: ece(model())?,
            ece_market: ece(market())?,
            verdict: verdict(ci95, events),
            events_needed: events_needed(skill, ci95, events),
        })
    }
}

/// Scores all rows and their parts; `None` when no row is sound.
#[must_use]
pub fn report(forecasts: &[Forecast], seed: u64) -> Option<ScoreReport> {
    let all: Vec<&Forecast> = forecasts.iter().collect();
    let total = Score::of(&all, seed)?;
    let gap = total.ece_model - total.ece_market;
    let (ece_gap, ece_gap_ci95) = ece_gap(forecasts, seed).unwrap_or((gap, [gap; 2]));
    Some(ScoreReport {
        total,
        by_horizon: parts(forecasts, seed, |row| horizon(row)),
        by_category: parts(forecasts, seed, |row| row.category.as_deref().unwrap_or(NO_CATEGORY)),
        by_price: parts(forecasts, seed, |row| band(row)),
        ece_gap,
        ece_gap_ci95,
        reliability: reliability_bins(
            forecasts.iter().filter(|row| row.is_sound()).map(|row| (row.model, row.outcome)),
        ),
    })
}

/// The score of one source in the form that is shown.
#[must_use]
pub fn summarise(source: &str, forecasts: &[Forecast], seed: u64) -> Option<ScoreSummary> {
    let all: Vec<&Forecast> = forecasts.iter().collect();
    let score = Score::of(&all, seed)?;
    Some(ScoreSummary {
        source: source.to_owned(),
        n: score.n,
        events: score.events,
        brier_model: score.brier_model,
        brier_market: score.brier_market,
        skill: score.skill,
        skill_ci95: score.skill_ci95,
        verdict: score.verdict.as_str().to_owned(),
        events_needed: score.events_needed,
    })
}

fn parts<'a>(forecasts: &'a [Forecast], seed: u64, name: impl Fn(&'a Forecast) -> &'a str) -> BTreeMap<String, Score> {
    let mut rows: BTreeMap<&str, Vec<&Forecast>> = BTreeMap::new();
    for row in forecasts {
        rows.entry(name(row)).or_default().push(row);
    }
    rows.into_iter().filter_map(|(name, rows)| Some((name.to_owned(), Score::of(&rows, seed)?))).collect()
}

fn horizon(row: &Forecast) -> &'static str {
    let Some(days) = row.end_at.map(|end| days_between(row.at, end)).filter(|days| *days >= 0.0) else {
        return NO_HORIZON;
    };
    HORIZONS.iter().find(|(_, up_to)| days <= *up_to).map_or(NO_HORIZON, |(name, _)| *name)
}

fn band(row: &Forecast) -> &'static str {
    BANDS.iter().find(|(_, up_to)| row.market <= *up_to).map_or(NO_BAND, |(name, _)| *name)
}
