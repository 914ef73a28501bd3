//! Where a conversation stands, and its stored form.

use chrono::{DateTime, TimeDelta, Utc};
use engine_core::copy::activity::Wallet;
use engine_core::copy::probation::Stage;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::draft::FollowDraft;
use crate::tune::{TopUpDraft, TuneDraft};

/// Version of the stored form. Another version is unreadable: the chat starts over at Home, with a word.
const VERSION: u32 = 1;

/// How long a question of ours waits for its answer.
pub const PATIENCE: TimeDelta = TimeDelta::minutes(10);

/// Where one chat stands.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "at", rename_all = "snake_case")]
pub enum State {
    /// Nothing is being asked.
    #[default]
    Home,
    /// We asked for a link or words of a market.
    AskMarket {
        /// Until when we wait.
        until: DateTime<Utc>,
    },
    /// We showed what a sale would bring and wait for a yes.
    ConfirmClose {
        /// The position.
        position: i64,
        /// Until when the preview holds.
        until: DateTime<Utc>,
    },
    /// We asked whether all books are to pause.
    ConfirmPause {
        /// Until when we wait.
        until: DateTime<Utc>,
    },
    /// We asked whom to follow.
    AskTrader {
        /// Until when we wait.
        until: DateTime<Utc>,
    },
    /// The terms of a follow are being put together.
    Follow {
        /// What was last shown.
        draft: Box<FollowDraft>,
        /// Until when we wait.
        until: DateTime<Utc>,
    },
    /// We asked whether his copies are to be kept or sold.
    ConfirmUnfollow {
        /// Whose trades.
        wallet: Wallet,
        /// Until when we wait.
        until: DateTime<Utc>,
    },
    /// We asked whether probation is to be overruled.
    ConfirmStage {
        /// Whose trades.
        wallet: Wallet,
        /// Where to.
        stage: Stage,
        /// Until when we wait.
        until: DateTime<Utc>,
    },
    /// Thresholds are being changed.
    Tune {
        /// What was last shown.
        draft: Box<TuneDraft>,
        /// Until when we wait.
        until: DateTime<Utc>,
    },
    /// We asked whether the settings' thresholds are to come back.
    ConfirmReset {
        /// The strategy's book.
        book: String,
        /// Until when we wait.
        until: DateTime<Utc>,
    },
    /// We asked how much money is to be put in, or whether.
    TopUp {
        /// What was last shown.
        draft: Box<TopUpDraft>,
        /// Until when we wait.
        until: DateTime<Utc>,
    },
    /// A stranger, or a group, was answered.
    Stranger {
        /// When we last did.
        answered_at: DateTime<Utc>,
    },
}

/// A stored state that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the stored dialogue state cannot be read")]
pub struct Unreadable;

#[derive(Serialize, Deserialize)]
struct Stored {
    v: u32,
    #[serde(flatten)]
    state: State,
}

impl State {
    /// The stored form: JSON with a version.
    #[must_use]
    pub fn to_json(&self) -> String {
        // A plain tree of numbers and texts always serialises; should it ever not, the reader falls back to Home.
        serde_json::to_string(&Stored { v: VERSION, state: self.clone() }).unwrap_or_default()
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// [`Unreadable`] for anything [`State::to_json`] of this version did not write. The caller goes on with
    /// [`State::Home`] and puts [`crate::view::LOST_PLACE`] on the home card.
    pub fn from_json(text: &str) -> Result<Self, Unreadable> {
        serde_json::from_str::<Stored>(text)
            .ok()
            .filter(|stored| stored.v == VERSION)
            .map(|stored| stored.state)
            .ok_or(Unreadable)
    }
}
