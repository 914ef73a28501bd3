//! Positions: shares of one outcome held by one book.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::market::{ConditionId, MarketGroupId, MarketId, Outcome, OutcomeToken};
use crate::money::{Price, Shares, Usd};
use crate::prediction::SignalSource;
use crate::strategy::BookId;

/// State of a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PositionStatus {
    /// Shares are held.
    Open,
    /// Sold before the market resolved.
    Closed,
    /// Paid out by the resolution.
    Settled,
}

impl PositionStatus {
    /// `open`, `closed` or `settled`, as stored and exported.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Settled => "settled",
        }
    }

    /// The inverse of [`PositionStatus::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Open, Self::Closed, Self::Settled].into_iter().find(|status| status.as_str() == text)
    }
}

/// A stake of one book on one outcome of one market.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// Its number in the store.
    pub id: i64,
    /// Whose it is.
    pub book: BookId,
    /// What suggested it.
    pub source: SignalSource,
    /// Gamma's id of the market.
    pub market_id: MarketId,
    /// The condition that settles it.
    pub condition_id: ConditionId,
    /// The market's cluster (group, or itself).
    pub group_id: MarketGroupId,
    /// The question. Foreign text.
    pub question: String,
    /// Path of the public page below the venue's host (`event/<group>/<market>`).
    pub path: String,
    /// The token held.
    pub token: OutcomeToken,
    /// Which outcome that is.
    pub outcome: Outcome,
    /// What the venue calls the outcome.
    pub outcome_label: String,
    /// Shares still held (0 once closed or settled).
    pub shares: Shares,
    /// Shares bought in all.
    pub shares_bought: Shares,
    /// Cost basis of the shares still held, fees apart, in dollars.
    pub cost: Usd,
    /// Dollars paid for all shares bought, fees apart.
    pub stake: Usd,
    /// All fees paid, in dollars.
    pub fee: Usd,
    /// State.
    pub status: PositionStatus,
    /// Realised profit after all fees, in dollars; counts what was already sold of an open position.
    pub realized_pnl: Usd,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// When it was closed or settled.
    pub closed_at: Option<DateTime<Utc>>,
    /// The market's published end.
    pub end_at: Option<DateTime<Utc>>,
    /// The signal it came from.
    pub signal_id: Option<i64>,
    /// The copied trader's wallet.
    pub trader: Option<String>,
}

impl Position {
    /// Average price paid for a share, before fees.
    #[must_use]
    pub fn average_price(&self) -> Option<Price> {
        self.stake.per_share(self.shares_bought)
    }
}
