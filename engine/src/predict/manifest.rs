//! The papers of a model: `manifest.json` and `golden.json`.

use std::path::Path;

use chrono::{DateTime, Utc};
use engine_core::features::{FEATURE_NAMES, FEATURES_VERSION};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::ModelError;

/// What `manifest.json` says of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Name of this version, unique among models.
    pub version: String,
    /// When it was trained.
    pub created_at: DateTime<Utc>,
    /// Version of the feature set it was trained on.
    pub features_version: u32,
    /// Names of the features in order.
    pub features: Vec<String>,
    /// Names of the base learners in the order of the graph's second output.
    pub learners: Vec<String>,
    /// SHA-256 of `ensemble.onnx`, lower-case hex.
    pub sha256: String,
    /// What it was trained on.
    pub training: TrainingRange,
    /// Figures out of sample, as the trainer wrote them.
    #[serde(default)]
    pub metrics: serde_json::Value,
    /// Versions of the training libraries.
    #[serde(default)]
    pub libraries: serde_json::Value,
}

/// The rows a model was fitted on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainingRange {
    /// As-of time of the first row.
    pub from: DateTime<Utc>,
    /// As-of time of the last row.
    pub to: DateTime<Utc>,
    /// Rows.
    pub rows: u64,
    /// Distinct events.
    pub events: u64,
    /// SHA-256 of the training rows.
    #[serde(default)]
    pub data_sha256: String,
}

/// What the bot shows of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelInfo {
    /// Name of this version.
    pub version: String,
    /// SHA-256 of the graph.
    pub sha256: String,
    /// When it was trained.
    pub created_at: DateTime<Utc>,
    /// Version of the feature set.
    pub features_version: u32,
    /// Names of the base learners, in the order of `Prediction::learners`.
    pub learners: Vec<String>,
    /// What it was trained on.
    pub training: TrainingRange,
    /// Figures out of sample, as the trainer wrote them.
    pub metrics: serde_json::Value,
}

impl From<Manifest> for ModelInfo {
    fn from(manifest: Manifest) -> Self {
        let Manifest { version, created_at, features_version, learners, sha256, training, metrics, .. } = manifest;
        Self { version, sha256, created_at, features_version, learners, training, metrics }
    }
}

/// Rows with what Python computed for them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Golden {
    /// The rows.
    pub rows: Vec<GoldenRow>,
}

/// One golden row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GoldenRow {
    /// The features in order; `null` is a missing value.
    pub features: Vec<Option<f64>>,
    /// P(Yes) of each base learner by name.
    pub learners: std::collections::BTreeMap<String, f64>,
    /// P(Yes) of the ensemble.
    #[serde(rename = "final")]
    pub final_probability: f64,
}

impl Manifest {
    /// Its file in a model folder.
    pub(crate) const FILE: &'static str = "manifest.json";

    /// Parses and checks it against this program's features.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, ModelError> {
        let malformed = |reason: String| ModelError::Malformed { file: "manifest.json", reason };
        let manifest: Self = serde_json::from_slice(bytes).map_err(|e| malformed(e.to_string()))?;
        if manifest.features_version != FEATURES_VERSION {
            return Err(ModelError::FeaturesVersion { expected: FEATURES_VERSION, found: manifest.features_version });
        }
        for position in 0..manifest.features.len().max(FEATURE_NAMES.len()) {
            let found = manifest.features.get(position).map_or("", String::as_str);
            let expected = FEATURE_NAMES.get(position).copied().unwrap_or_default();
            if found != expected {
                let (expected, found) = (expected.to_owned(), found.to_owned());
                return Err(ModelError::FeatureNames { position: position + 1, expected, found });
            }
        }
        if manifest.learners.is_empty() {
            return Err(malformed("it names no base learner".to_owned()));
        }
        Ok(manifest)
    }

    /// Checks the graph's bytes against the recorded hash.
    pub(super) fn check_hash(&self, graph: &[u8]) -> Result<(), ModelError> {
        let found = sha256_hex(graph);
        if found == self.sha256 {
            return Ok(());
        }
        Err(ModelError::Hash { expected: self.sha256.clone(), found })
    }
}

impl Golden {
    /// Parses and checks shape and names.
    pub(super) fn parse(bytes: &[u8], learners: &[String]) -> Result<Self, ModelError> {
        let malformed = |reason: String| ModelError::Malformed { file: "golden.json", reason };
        let golden: Self = serde_json::from_slice(bytes).map_err(|e| malformed(e.to_string()))?;
        if golden.rows.is_empty() {
            return Err(malformed("it has no rows".to_owned()));
        }
        for (index, row) in golden.rows.iter().enumerate() {
            let number = index + 1;
            if row.features.len() != FEATURE_NAMES.len() {
                let (got, want) = (row.features.len(), FEATURE_NAMES.len());
                return Err(malformed(format!("row {number} has {got} features, expected {want}")));
            }
            let missing = learners.iter().find(|name| !row.learners.contains_key(*name));
            if let Some(name) = missing {
                return Err(malformed(format!("row {number} has no value for the learner {name}")));
            }
        }
        Ok(golden)
    }
}

/// Reads one file of a model directory.
pub(super) fn read(dir: &Path, file: &'static str) -> Result<Vec<u8>, ModelError> {
    let path = dir.join(file);
    std::fs::read(&path).map_err(|error| {
        if error.kind() == std::io::ErrorKind::NotFound {
            ModelError::Missing(path)
        } else {
            ModelError::Unreadable { path, reason: error.to_string() }
        }
    })
}

fn sha256_hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
