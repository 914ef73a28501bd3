//! A follow: whose trades are copied, on which terms, and how far it has come.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::activity::Wallet;
use super::judge::{CopyCaps, CopySizing};
use super::probation::Stage;
use crate::strategy::BookMode;

/// What the owner wants of a follow; how far it has proved itself is its [`Stage`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Followed.
    Active,
    /// No new copies; open ones still follow his exits.
    Paused,
    /// Over. Kept for the record.
    Ended,
}

impl Standing {
    /// Every standing.
    pub const ALL: [Self; 3] = [Self::Active, Self::Paused, Self::Ended];

    /// `active`, `paused` or `ended`, as stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Ended => "ended",
        }
    }

    /// The inverse of [`Standing::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|standing| standing.as_str() == text)
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
    /// How far it has proved itself.
    pub stage: Stage,
    /// What the owner wants of it.
    pub standing: Standing,
    /// When it began: what he did before is not copied.
    pub followed_at: DateTime<Utc>,
    /// When it entered its stage; of an ended one, when it ended. A pause does not touch it.
    pub changed_at: DateTime<Utc>,
}
