//! Why a model was refused or gave no forecast.

use std::path::PathBuf;

use thiserror::Error;

/// What is wrong with a model. The texts are for the owner: one sentence, no chain of causes.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ModelError {
    /// The directory, or one of its three files, is not there. The bot says so and does not bet.
    #[error("no model: {} is not there", .0.display())]
    Missing(PathBuf),
    /// A file is there and cannot be read.
    #[error("the model file {} cannot be read: {reason}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// A JSON file is not what it should be.
    #[error("{file} is malformed: {reason}")]
    Malformed {
        /// File name within the directory.
        file: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// The graph's bytes are not those the manifest describes.
    #[error("ensemble.onnx has sha256 {found}, the manifest says {expected}")]
    Hash {
        /// In the manifest.
        expected: String,
        /// Of the file.
        found: String,
    },
    /// The folder holds another model than the one asked for.
    #[error("the folder of the model {expected} holds {found} by now")]
    Replaced {
        /// The version asked for.
        expected: String,
        /// The version there.
        found: String,
    },
    /// Made for another set of features.
    #[error(
        "manifest.json: the model was trained on features version {found}, this program computes version {expected}"
    )]
    FeaturesVersion {
        /// Of this program.
        expected: u32,
        /// In the manifest.
        found: u32,
    },
    /// Names or order of the features differ.
    #[error("manifest.json: feature {position} of the model is `{found}`, this program computes `{expected}` there")]
    FeatureNames {
        /// Counted from 1.
        position: usize,
        /// Of this program; empty beyond the last.
        expected: String,
        /// In the manifest; empty beyond the last.
        found: String,
    },
    /// tract does not take the graph.
    #[error("ensemble.onnx cannot be run: {0}")]
    Graph(String),
    /// The graph computes something else than Python did.
    #[error("ensemble.onnx computes {what} = {found} for row {row} of golden.json, Python computed {expected}")]
    Golden {
        /// Counted from 1.
        row: usize,
        /// `final` or the learner's name.
        what: String,
        /// As recorded.
        expected: f64,
        /// As computed here.
        found: f64,
    },
    /// A row without a market price: nothing to correct. Other rows are not affected.
    #[error("the row has the market price {value}, which is not a probability")]
    Price {
        /// As text, since NaN equals nothing.
        value: String,
    },
    /// The output for one row is not a probability; other rows are not affected.
    #[error("the model gave {value} for {what}, which is not a probability")]
    Output {
        /// `final` or the learner's name.
        what: String,
        /// As text, since NaN equals nothing.
        value: String,
    },
}
