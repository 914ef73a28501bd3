//! A model whose word a story can choose by how the question is put, and one story with the model that is shipped.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use engine::model_slot::ModelSlot;
use engine::predict::{ModelError, ModelInfo, Predictor, TrainingRange};
use engine_core::features::{FEATURE_NAMES, FEATURES_VERSION, FeatureVector};
use engine_core::prediction::Prediction;
use engine_core::probability::Probability;

use crate::tiny_model::TinyModel;

/// What the scripted model makes of the price of a question that asks with certainty.
pub(crate) const SHARE_OF_PRICE: f64 = 0.3;
/// How sure it says it is: what five agreeing learners give.
pub(crate) const CONFIDENCE: f64 = 0.75;

/// Thinks that whoever asks "definitely" asks in vain, and agrees with the market on everything else.
struct Scripted;

impl Predictor for Scripted {
    fn predict_each(&self, rows: &[FeatureVector]) -> Result<Vec<Result<Prediction, ModelError>>, ModelError> {
        let certainty = FEATURE_NAMES.iter().position(|name| *name == "q_certainty").unwrap();
        let forecast = |row: &FeatureVector| {
            let (price, sure) = (row.0[0], row.0[certainty] >= 2.0);
            let p = if sure { price * SHARE_OF_PRICE } else { price };
            Ok(Prediction { probability: Probability::new(p).unwrap(), learners: vec![p; 5], confidence: CONFIDENCE })
        };
        Ok(rows.iter().map(forecast).collect())
    }

    fn info(&self) -> ModelInfo {
        let at: DateTime<Utc> = "2026-11-01T00:00:00Z".parse().unwrap();
        ModelInfo {
            version: "scripted-1".to_owned(),
            sha256: "0".repeat(64),
            created_at: at,
            features_version: FEATURES_VERSION,
            learners: (1..=5).map(|n| format!("learner{n}")).collect(),
            training: TrainingRange { from: at, to: at, rows: 0, events: 0, data_sha256: String::new() },
            metrics: serde_json::Value::Null,
        }
    }
}

/// Version of the small model.
pub(crate) const TINY_VERSION: &str = "tiny-1";

/// A small model that leans to Yes (above 0) or to No.
pub(crate) fn tiny(version: &'static str, bias: f32) -> TinyModel {
    TinyModel::new(version, bias, "2026-10-01T00:00:00Z")
}

/// Which model the bot runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Model {
    /// The one of this module.
    Scripted,
    /// The one in `models/`.
    Shipped,
    /// A small one in a folder of the story's own, noted in the store like a shipped one.
    Tiny,
    /// An empty folder.
    Missing,
}

impl Model {
    /// The slot, when it is not loaded from a folder.
    pub(crate) fn slot(self) -> Option<ModelSlot> {
        (self == Self::Scripted).then(|| ModelSlot::with(Arc::new(Scripted)))
    }

    pub(crate) fn folder(self, scratch: &Path) -> PathBuf {
        if self == Self::Shipped {
            return Path::new(env!("CARGO_MANIFEST_DIR")).join("../models");
        }
        if self == Self::Tiny {
            return tiny(TINY_VERSION, 0.0).write(scratch, "shipped");
        }
        let empty = scratch.join("no-model");
        std::fs::create_dir_all(&empty).unwrap();
        empty
    }
}
