//! What the copy engine wants told.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::probation::{Stage, StageChange};
use super::trader::Trader;
use crate::fill::Fill;
use crate::gate::Gate;
use crate::money::{Shares, Usd};
use crate::notice::PlacedBet;
use crate::position::Position;
use crate::signal::Decision;

/// How many orders of followed traders came to what, over a span of time.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CopyCounts {
    /// Copied.
    pub copied: u64,
    /// Put to the owner.
    pub asked: u64,
    /// Followed on probation, without a stake.
    pub shadow: u64,
    /// Sales that reduced a copy.
    pub exits: u64,
    /// Skipped, by gate, most often first; `None` for a reason that is no gate's.
    pub skipped: Vec<(Option<Gate>, u64)>,
}

/// News of the copy engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "news", rename_all = "snake_case")]
pub enum CopyNotice {
    /// A trade was copied at once.
    Copied {
        /// Whose.
        trader: Trader,
        /// The signal.
        signal_id: i64,
        /// Why; [`Decision::copied`] says what the trader did.
        decision: Box<Decision>,
        /// What was bought.
        bet: Box<PlacedBet>,
    },
    /// The trader sold, and so did we.
    Exit {
        /// Who.
        trader: Trader,
        /// The share of his position he disposed of, 0–1.
        fraction: f64,
        /// Our position after the sale.
        position: Box<Position>,
        /// Our sale.
        fill: Box<Fill>,
        /// Profit of the shares sold, after fees.
        pnl: Usd,
        /// When he acted.
        acted_at: DateTime<Utc>,
    },
    /// The trader sold, and ours could not be sold.
    StuckExit {
        /// Who.
        trader: Trader,
        /// The position that stays.
        position: Box<Position>,
        /// Shares that were to be sold.
        shares: Shares,
        /// Why not, a sentence.
        reason: String,
    },
    /// A follow was promoted or demoted.
    Stage {
        /// Whose.
        trader: Trader,
        /// From where to where, why, on what.
        change: StageChange,
    },
    /// A follow began.
    Began {
        /// Whose.
        trader: Trader,
        /// Where it starts.
        stage: Stage,
    },
    /// A follow ended.
    Ended {
        /// Whose.
        trader: Trader,
        /// Copies that stay open.
        open: u32,
    },
    /// What a followed trader does cannot be read for a long time; told once until it can.
    Unreadable {
        /// Who.
        trader: Trader,
        /// Since when.
        since: DateTime<Utc>,
        /// Why, a sentence.
        error: String,
    },
    /// What came of followed traders' orders over a span of time, when anything was skipped.
    Digest {
        /// From.
        since: DateTime<Utc>,
        /// To.
        until: DateTime<Utc>,
        /// Counts.
        counts: CopyCounts,
    },
}
