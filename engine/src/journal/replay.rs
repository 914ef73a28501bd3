//! Runs a journal again and finds where it comes to something else.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use engine_core::features::{FEATURES_VERSION, FeatureVector};
use engine_core::journal::{
    Difference, Frame, ModelSeen, ScanFrame, compare, compare_recheck, compare_sale, compare_settlement, rerun,
};
use engine_core::prediction::Prediction;
use serde::Serialize;

use super::error::JournalError;
use super::read::{JournalReader, Lost};
use crate::predict::Predictor;

/// Finds the model of a version, if it is at hand and is the same to the byte.
pub type FindModel<'a> = dyn FnMut(&ModelSeen) -> Option<Arc<dyn Predictor>> + 'a;

/// What a replay came to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Replayed {
    /// Scans run again.
    pub scans: u64,
    /// Markets judged again in them, each once a scan.
    pub decisions: u64,
    /// Candidates put to the books again.
    pub candidates: u64,
    /// Bets that followed at once.
    pub bets: u64,
    /// Signals judged again as at an approval.
    pub approvals: u64,
    /// Settlements decided again.
    pub settlements: u64,
    /// Sales walked again.
    pub sales: u64,
    /// Rounds of housekeeping seen; nothing is decided in them that a sale does not show.
    pub rounds: u64,
    /// Forecasts made again by the model that had made them.
    pub forecasts_again: u64,
    /// Forecasts taken as recorded, because their model is not at hand.
    pub forecasts_recorded: u64,
    /// Models that were not at hand.
    pub models_missing: Vec<String>,
    /// First and last frame.
    pub span: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// Frames that came to something else.
    pub different: u64,
    /// The first of them.
    pub first: Option<Mismatch>,
    /// Segments whose rest could not be read.
    pub lost: Vec<Lost>,
}

/// A frame that came to something else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mismatch {
    /// When the frame was made.
    pub at: DateTime<Utc>,
    /// `scan`, `approval`, `settlement` or `sale`.
    pub kind: &'static str,
    /// The first thing in it that differs.
    pub difference: Difference,
}

impl Replayed {
    /// True when something was run again and all of it came to the same.
    #[must_use]
    pub const fn holds(&self) -> bool {
        self.different == 0 && self.span.is_some()
    }
}

/// Runs every frame of a journal again.
///
/// # Errors
/// When a segment cannot be opened. One whose rest cannot be read is named in the answer.
pub fn replay(reader: &mut JournalReader, find: &mut FindModel<'_>) -> Result<Replayed, JournalError> {
    let mut run = Run { found: BTreeMap::new(), find, done: Replayed::default() };
    while let Some(frame) = reader.next_frame()? {
        run.frame(&frame);
    }
    run.done.lost = reader.lost().to_vec();
    Ok(run.done)
}

struct Run<'a, 'b> {
    found: BTreeMap<String, Option<Arc<dyn Predictor>>>,
    find: &'a mut FindModel<'b>,
    done: Replayed,
}

impl Run<'_, '_> {
    fn frame(&mut self, frame: &Frame) {
        let at = frame.at();
        self.done.span = Some((self.done.span.map_or(at, |span| span.0), at));
        let (kind, difference) = match frame {
            Frame::Scan(scan) => ("scan", self.scan(scan)),
            Frame::Rechecked(rechecked) => {
                self.done.approvals += 1;
                ("approval", compare_recheck(rechecked))
            }
            Frame::Settled(settled) => {
                self.done.settlements += 1;
                ("settlement", compare_settlement(settled))
            }
            Frame::Round(_) => {
                self.done.rounds += 1;
                return;
            }
            Frame::Sold(sold) => {
                self.done.sales += 1;
                ("sale", compare_sale(sold))
            }
        };
        if let Some(difference) = difference {
            self.done.different += 1;
            self.done.first.get_or_insert(Mismatch { at, kind, difference });
        }
    }

    fn scan(&mut self, frame: &ScanFrame) -> Option<Difference> {
        let forecasts = self.forecasts(frame);
        let count = frame.seen.iter().filter(|seen| seen.prediction.is_some()).count() as u64;
        match &forecasts {
            Some(_) => self.done.forecasts_again += count,
            None => self.done.forecasts_recorded += count,
        }
        let again = rerun(frame, forecasts.as_deref());
        self.done.scans += 1;
        self.done.decisions += again.effects.len() as u64;
        self.done.candidates += again.raised.len() as u64;
        self.done.bets += again.raised.iter().map(|raised| raised.bets.len() as u64).sum::<u64>();
        let now = forecasts.as_deref().unwrap_or_default();
        differing_forecast(frame, now).or_else(|| compare(frame, &again))
    }

    /// The forecasts of a scan made again; `None` when its model is not at hand, or had other features.
    fn forecasts(&mut self, frame: &ScanFrame) -> Option<Vec<Option<Prediction>>> {
        let seen = frame.terms.model.as_ref()?;
        let model = self.found.entry(seen.version.clone()).or_insert_with(|| {
            let found = (self.find)(seen).filter(|model| model.info().sha256 == seen.sha256);
            if found.is_none() {
                self.done.models_missing.push(seen.version.clone());
            }
            found
        });
        let model = model.clone().filter(|_| frame.terms.features_version == FEATURES_VERSION)?;
        let rows: Vec<FeatureVector> = frame.seen.iter().filter_map(|seen| seen.features).collect();
        let mut answers = model.predict_each(&rows).ok()?.into_iter();
        let forecast = frame.seen.iter().map(|seen| seen.features.and_then(|_| answers.next()).and_then(Result::ok));
        Some(forecast.collect())
    }
}

/// The first forecast that is not what it was. Of a market without one, what became of it tells.
fn differing_forecast(frame: &ScanFrame, now: &[Option<Prediction>]) -> Option<Difference> {
    let shown = |forecast: Option<&Prediction>| {
        forecast.map_or_else(|| "none".to_owned(), |forecast| format!("{:?}", f64::from(forecast.probability)))
    };
    frame.seen.iter().zip(now).find_map(|(seen, now)| {
        let (was, now) = (seen.prediction.as_ref(), now.as_ref());
        (was.is_some() && was != now).then(|| Difference {
            market: seen.market.id.to_string(),
            what: "forecast".to_owned(),
            recorded: shown(was),
            now: shown(now),
        })
    })
}
