//! Facts of the proof page.

use std::collections::BTreeMap;

use dialogues::facts::{BrierFacts, CalibrationBin, ScoreSlice, SourceCalibration};
use engine_core::calibration::Calibration;
use engine_core::prediction::SignalSource;
use engine_core::scoring::{ReliabilityBin, Score};

use super::EngineDesk;

impl EngineDesk {
    pub(super) async fn brier(&self) -> anyhow::Result<BrierFacts> {
        let report = self.engine.score_report().await?;
        let (logged, resolved) = self.engine.store.prediction_counts().await?;
        let (by_horizon, by_category, by_price, bins) = report.map_or_else(Default::default, |report| {
            let mut by_category = slices(&report.by_category);
            by_category.sort_by_key(|slice| std::cmp::Reverse(slice.n));
            let bins = report.reliability.iter().map(bin).collect();
            (slices(&report.by_horizon), by_category, slices(&report.by_price), bins)
        });
        Ok(BrierFacts {
            scores: self.engine.scores().await?,
            by_horizon,
            by_category,
            by_price,
            calibration: self.calibration(),
            bins,
            waiting: logged.saturating_sub(resolved),
        })
    }

    /// The sources with resolved forecasts.
    fn calibration(&self) -> Vec<SourceCalibration> {
        let learned = self.engine.calibration.all().into_iter().filter(|(_, calibration)| calibration.lesson.rows > 0);
        let named = |(source, calibration): (SignalSource, Calibration)| SourceCalibration {
            source: source.as_str().to_owned(),
            calibration,
        };
        learned.map(named).collect()
    }
}

fn slices(parts: &BTreeMap<String, Score>) -> Vec<ScoreSlice> {
    let slice = |(label, score): (&String, &Score)| ScoreSlice {
        label: label.clone(),
        n: score.n,
        brier_model: score.brier_model,
        brier_market: score.brier_market,
    };
    parts.iter().map(slice).collect()
}

fn bin(bin: &ReliabilityBin) -> CalibrationBin {
    CalibrationBin { n: bin.n, forecast: bin.mean_forecast, observed: bin.mean_outcome }
}
