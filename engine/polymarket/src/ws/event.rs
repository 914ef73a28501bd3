//! What the market channel tells.

use engine_core::live::{Best, LevelChange};
use engine_core::market::Side;
use engine_core::money::{Price, Shares};

use super::assets::AssetId;

/// A whole book.
#[derive(Debug, Clone, Copy)]
pub struct Snapshot<'a> {
    /// Whose.
    pub asset: AssetId,
    /// The venue's time, unix ms.
    pub at_ms: i64,
    /// Bids by rising price, each price once.
    pub bids: &'a [(Price, Shares)],
    /// Asks by rising price, each price once.
    pub asks: &'a [(Price, Shares)],
}

/// The new total of one level of one book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AssetChange {
    /// Whose book.
    pub asset: AssetId,
    /// What changed.
    pub change: LevelChange,
    /// Best prices after the whole message, when it tells them.
    pub best: Option<Best>,
}

/// A trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trade {
    /// Of which token.
    pub asset: AssetId,
    /// What the taker did, when it tells.
    pub side: Option<Side>,
    /// Price.
    pub price: Price,
    /// Shares.
    pub shares: Shares,
    /// The venue's time, unix ms.
    pub at_ms: i64,
}

/// A hint that a market is resolved. The oracle says whether it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resolved<'a> {
    /// The condition.
    pub condition: &'a str,
    /// The token that won, as the venue says.
    pub winner: Option<&'a str>,
    /// The venue's time, unix ms.
    pub at_ms: Option<i64>,
}

/// Takes in what frames tell, as they are decoded.
pub trait Events {
    /// A whole book.
    fn snapshot(&mut self, snapshot: &Snapshot<'_>);
    /// All changes of one message.
    fn changes(&mut self, changes: &[AssetChange]);
    /// A trade.
    fn trade(&mut self, trade: &Trade);
    /// A market is said to be resolved.
    fn resolved(&mut self, resolved: &Resolved<'_>);
}
