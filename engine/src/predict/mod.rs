//! Forecasts of P(Yes): the tree ensemble in `models/`, run by tract in this process.

mod ensemble;
mod error;
mod manifest;
mod node_table;
mod operator;
mod tree_error;
pub mod trees;
mod walk;

use engine_core::features::FeatureVector;
use engine_core::prediction::Prediction;

pub use ensemble::Ensemble;
pub use error::ModelError;
pub use manifest::{Golden, GoldenRow, Manifest, ModelInfo, TrainingRange};

/// Anything that forecasts from features.
pub trait Predictor: Send + Sync {
    /// A forecast for each row, in order. A row whose output is no probability gets its own error; the others stand.
    ///
    /// # Errors
    /// [`ModelError`] when the batch as a whole could not be run.
    fn predict_each(&self, rows: &[FeatureVector]) -> Result<Vec<Result<Prediction, ModelError>>, ModelError>;

    /// A forecast for each row, in order; the first bad row fails the batch.
    ///
    /// # Errors
    /// [`ModelError`] of the batch or of the first bad row.
    fn predict(&self, rows: &[FeatureVector]) -> Result<Vec<Prediction>, ModelError> {
        self.predict_each(rows)?.into_iter().collect()
    }

    /// Which model this is.
    fn info(&self) -> ModelInfo;
}
