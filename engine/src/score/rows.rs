//! What a model would have said at the moments of recorded markets.

use engine_core::features::FeatureVector;
use engine_core::pipeline::posterior;
use engine_core::prediction::{Prediction, SignalSource};
use engine_core::scoring::Forecast;

use crate::dataset::TrainingRow;
use crate::predict::{ModelError, Predictor};

/// Rows run through the model at a time: enough to keep it busy, few enough to keep memory flat.
const BATCH: usize = 4_096;

/// A model's forecasts of recorded moments beside what happened. Both lists have the same rows in the same order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ScoredRows {
    /// What the bot would have said: the forecast anchored to the market price.
    pub posterior: Vec<Forecast>,
    /// The ensemble alone.
    pub raw: Vec<Forecast>,
    /// Rows the model gave no probability for.
    pub refused: u64,
}

/// Runs a model over rows and anchors each forecast as the live path does (`damping` is `LR_DAMPING`).
///
/// # Errors
/// [`ModelError`] when a batch could not be run; a single row without a probability is counted instead.
pub fn score_rows(model: &dyn Predictor, rows: &[TrainingRow<'_>], damping: f64) -> Result<ScoredRows, ModelError> {
    let mut scored = ScoredRows::default();
    for batch in rows.chunks(BATCH) {
        let features: Vec<FeatureVector> = batch.iter().map(|row| row.features).collect();
        for (row, prediction) in batch.iter().zip(model.predict_each(&features)?) {
            match prediction.ok().and_then(|prediction| forecasts(row, &prediction, damping)) {
                Some((posterior, raw)) => {
                    scored.posterior.push(posterior);
                    scored.raw.push(raw);
                }
                None => scored.refused += 1,
            }
        }
    }
    Ok(scored)
}

/// The anchored forecast of a row and the bare one.
fn forecasts(row: &TrainingRow<'_>, prediction: &Prediction, damping: f64) -> Option<(Forecast, Forecast)> {
    let posterior = posterior(SignalSource::Ensemble, row.market_price, prediction, damping)?;
    let raw = Forecast {
        cluster: row.event.clone(),
        model: prediction.probability.get(),
        market: row.market_price,
        outcome: row.outcome,
        at: row.as_of,
        end_at: row.market.end_at,
        category: row.market.category.clone(),
    };
    Some((Forecast { model: posterior.get(), ..raw.clone() }, raw))
}
