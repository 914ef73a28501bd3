//! Versions of the model: which one serves, which wait, and how each fared.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::notice::DecidedBy;
use crate::scoring::Duel;

/// What a version of the model is at present.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelStatus {
    /// It loads; it does not serve.
    Candidate,
    /// It serves. There is one at most.
    Champion,
    /// It served before, or was set aside by the owner. It can serve again.
    Retired,
    /// It does not load or does not forecast. It never serves.
    Refused,
}

impl ModelStatus {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Candidate, Self::Champion, Self::Retired, Self::Refused];

    /// As stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Candidate => "candidate",
            Self::Champion => "champion",
            Self::Retired => "retired",
            Self::Refused => "refused",
        }
    }

    /// Reads the stored form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// Facts of one version at one moment, as its card shows them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelCard {
    /// Its number in the store.
    pub id: i64,
    /// Name of the version. Written by the trainer: foreign text.
    pub version: String,
    /// What it is.
    pub status: ModelStatus,
    /// When it was trained, as it says.
    pub trained_at: Option<DateTime<Utc>>,
    /// When it came to us.
    pub added_at: DateTime<Utc>,
    /// The version it was compared with.
    pub rival: Option<String>,
    /// How that went; `None` when there was nothing to compare with or on.
    pub duel: Option<Duel>,
    /// Why it was refused, a sentence.
    pub reason: Option<String>,
    /// Who decided that it serves, or that it does not; `None` while nobody has.
    pub decided_by: Option<DecidedBy>,
    /// When.
    pub decided_at: Option<DateTime<Utc>>,
    /// The version that serves now; `None` when none does.
    pub serving: Option<String>,
    /// The version that served before the present one, to go back to.
    pub previous: Option<String>,
}
