//! A follow: whose trades are copied, on which terms, and how far it has come.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::activity::Wallet;
use super::judge::{CopyCaps, CopySizing};
use crate::strategy::BookMode;

/// How far a follow has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FollowState {
    /// On probation: judged and logged, nothing staked.
    Shadow,
    /// Copied.
    Live,
    /// No new copies; open ones still follow his exits.
    Paused,
    /// Over. Kept for the record.
    Ended,
}

impl FollowState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Shadow, Self::Live, Self::Paused, Self::Ended];

    /// `shadow`, `live`, `paused` or `ended`, as stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Shadow => "shadow",
            Self::Live => "live",
            Self::Paused => "paused",
            Self::Ended => "ended",
        }
    }

    /// The inverse of [`FollowState::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// A followed trader.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Follow {
    /// Who: the wallet, whatever he calls himself.
    pub wallet: Wallet,
    /// What he called himself when last asked. Foreign text; empty when unknown.
    pub name: String,
    /// How copies are sized.
    pub sizing: CopySizing,
    /// Caps.
    pub caps: CopyCaps,
    /// Ask the owner first, or copy at once.
    pub mode: BookMode,
    /// How far it has come.
    pub state: FollowState,
    /// When it began: what he did before is not copied.
    pub followed_at: DateTime<Utc>,
    /// When the state last changed.
    pub changed_at: DateTime<Utc>,
}
