//! Facts of the page of models.

use chrono::{DateTime, Utc};
use engine_core::model::ModelCard;

use super::ModelHealth;

/// How retraining stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Retraining {
    /// Hours after which a model counts as due.
    pub every_hours: f64,
    /// Whether the bot trains by itself.
    pub trainer: bool,
    /// When the next training is due; `None` when it cannot be said.
    pub due_at: Option<DateTime<Utc>>,
    /// What last went wrong, until it goes well again. May hold words of the trainer: foreign text.
    pub trouble: Option<String>,
}

/// Facts of the page of models.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelsFacts {
    /// The model in use, or why there is none.
    pub serving: Result<ModelHealth, String>,
    /// How retraining stands.
    pub retraining: Retraining,
    /// The newest versions, newest first, the one in use among them if it is that new.
    pub recent: Vec<ModelCard>,
    /// The row of the one that should be in use, with the version to go back to.
    pub champion: Option<ModelCard>,
}
