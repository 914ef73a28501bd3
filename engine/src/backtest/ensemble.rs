//! The model as a source: the features and the ensemble of the live scan.

use std::sync::Arc;
use std::time::{Duration, Instant};

use engine_core::backtest::{Forecast, Look, Looks, Source, SourceError};
use engine_core::features::FeatureVector;

use crate::predict::Predictor;

/// The ensemble. Features and model are run only for markets that the listing's gates let through, all of a scan at once.
pub struct EnsembleSource {
    predictor: Arc<dyn Predictor>,
    version: String,
    rows: Vec<FeatureVector>,
    /// Forecasts made.
    pub forecasts: u64,
    /// Rows the model gave no probability for.
    pub refused: u64,
    /// Real time spent on features.
    pub features_took: Duration,
    /// Real time spent in the model.
    pub model_took: Duration,
}

impl EnsembleSource {
    /// With this model.
    #[must_use]
    pub fn new(predictor: Arc<dyn Predictor>) -> Self {
        let version = predictor.info().version;
        Self {
            predictor,
            version,
            rows: Vec::new(),
            forecasts: 0,
            refused: 0,
            features_took: Duration::ZERO,
            model_took: Duration::ZERO,
        }
    }
}

impl Source for EnsembleSource {
    fn name(&self) -> &str {
        "ensemble"
    }

    fn version(&self) -> Option<String> {
        Some(self.version.clone())
    }

    fn wants_history(&self) -> bool {
        true
    }

    fn forecast(&mut self, looks: &Looks<'_>, out: &mut Vec<Option<Forecast>>) -> Result<(), SourceError> {
        let begun = Instant::now();
        self.rows.clear();
        self.rows.extend(looks.iter().map(|look: Look<'_>| look.features()));
        let ready = Instant::now();
        let answers = self.predictor.predict_each(&self.rows)?;
        self.features_took += ready - begun;
        self.model_took += ready.elapsed();
        for answer in answers {
            match answer {
                Ok(prediction) => {
                    self.forecasts += 1;
                    let probability = prediction.probability.get();
                    out.push(Some(Forecast { probability, confidence: prediction.confidence }));
                }
                Err(_) => {
                    self.refused += 1;
                    out.push(None);
                }
            }
        }
        Ok(())
    }
}
