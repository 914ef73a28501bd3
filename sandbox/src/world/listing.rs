//! What stays the same about a market and its event while time passes.

use std::sync::Arc;

use engine_core::market::Outcome;

use super::category::{Category, FeeTerms, Tag};
use super::fate::Fate;
use super::tape::Tape;
use super::traders::Moves;

/// What the world knows about a market's price and the bot does not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Character {
    /// The listed price is the true probability and the outcome is drawn with it: the zero-edge control group.
    Control,
    /// The listed Yes price ends this many points above the true probability.
    Mispriced {
        /// Points of probability (0.08 to 0.18; about 0.39 in the demo).
        yes_too_dear: f64,
    },
    /// Honest price, but an end other than Yes or No by the coin: 50-50, disputed for long, never resolved.
    Odd,
    /// Replayed from recorded data.
    Recorded,
    /// Made by a test.
    Scripted,
}

/// The look of a market's order book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BookStyle {
    /// Five to fifteen levels a side.
    Normal,
    /// Wide and shallow.
    Thin,
    /// The market has no book at all (`404`).
    Missing,
    /// A book without orders.
    Empty,
    /// Bids only.
    OneSided,
    /// Best bid above best ask.
    Crossed,
    /// The venue's known stale book: 0.01 against 0.99 while the listing shows a narrow spread.
    Ghost,
}

/// An event: the group its markets hang in.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Number.
    pub id: u64,
    /// Title.
    pub title: String,
    /// Address part.
    pub slug: String,
    /// Topic.
    pub category: Category,
    /// Tags, the topic's first.
    pub tags: Vec<Tag>,
    /// At most one of its markets resolves Yes.
    pub neg_risk: bool,
    /// First listed, unix ms.
    pub created_ms: i64,
    /// Published end, unix ms.
    pub end_ms: Option<i64>,
}

/// A market: everything about it that time does not change.
#[derive(Debug, Clone)]
pub struct Listing {
    /// Number.
    pub id: u64,
    /// The condition on chain.
    pub condition_id: String,
    /// The oracle's question.
    pub question_id: String,
    /// Outcome tokens, Yes first.
    pub tokens: [String; 2],
    /// Names of the outcomes.
    pub labels: [String; 2],
    /// The question.
    pub question: String,
    /// Address part.
    pub slug: String,
    /// Rules in words.
    pub description: String,
    /// Its name within the event; empty when it stands alone.
    pub item_title: String,
    /// The event.
    pub group: Arc<Group>,
    /// Known to the venue from here on, unix ms.
    pub created_ms: i64,
    /// Published end, unix ms.
    pub end_ms: Option<i64>,
    /// Smallest price step in millionths.
    pub tick_micros: i64,
    /// What takers pay.
    pub fee: Option<FeeTerms>,
    /// Truth about its price.
    pub character: Character,
    /// Look of its book.
    pub book: BookStyle,
    /// Protocol V2 in name: a bot must leave it alone.
    pub protocol_v2: bool,
    /// Dollars traded by its end; `None` when not known.
    pub volume_total: Option<f64>,
    /// When volume counting starts and ends, unix ms.
    pub(crate) volume_span_ms: (i64, i64),
    /// Typical shares resting at one price level.
    pub level_shares: f64,
    /// Trading stops being shown after this moment even without an end (recorded data ran out), unix ms.
    pub(crate) stale_after_ms: Option<i64>,
    pub(crate) fate: Fate,
    pub(crate) tape: Tape,
    pub(crate) seed: u64,
    /// How traders' orders move its book.
    pub(crate) moves: Moves,
}

impl Listing {
    /// Which outcome a token is.
    #[must_use]
    pub fn outcome_of(&self, token: &str) -> Option<Outcome> {
        Outcome::BOTH.into_iter().find(|outcome| self.tokens[outcome.index()] == token)
    }

    /// How and when it ends, unless a test decides otherwise later.
    #[must_use]
    pub const fn fate(&self) -> &Fate {
        &self.fate
    }
}
