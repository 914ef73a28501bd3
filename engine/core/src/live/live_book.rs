//! The book of one token, kept by snapshots and changes.

use chrono::DateTime;

use super::ladder::{Ladder, Outcome, Rung};
use crate::book::OrderBook;
use crate::market::OutcomeToken;
use crate::money::{Price, Shares};

/// Frames may come so much later than others, in milliseconds of the venue's time. A change that comes later still cannot
/// be placed any more.
pub const MAX_DISORDER_MS: i64 = 30_000;
/// Levels taken away that are remembered before the old ones are cleared out.
const BARE_LEVELS: usize = 64;

/// A side of a book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BookSide {
    /// Those who buy.
    Bid,
    /// Those who sell.
    Ask,
}

/// The new total of one level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LevelChange {
    /// Which side.
    pub side: BookSide,
    /// The level, its new total and the venue's time.
    pub rung: Rung,
}

/// The best prices after a message, as the venue tells them; `None` for an empty side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Best {
    /// Highest bid.
    pub bid: Option<Price>,
    /// Lowest ask.
    pub ask: Option<Price>,
}

/// Why a book must not be traded on although it holds levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Doubt {
    /// No snapshot has come since the connection was made.
    NoSnapshot,
    /// Two states of one level at one time: which is the later cannot be told.
    Tie,
    /// A change older than what can be placed.
    TooLate,
    /// The venue's own best prices contradict ours.
    BestDiffers,
    /// The snapshot does not have the hash it claims.
    Hash,
}

/// What became of a change or a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// The book changed.
    Changed,
    /// Nothing new: seen before, or a later state is known.
    Nothing,
    /// The book is in doubt from here on, until the next snapshot.
    Doubted(Doubt),
}

/// The order book of one token as a stream tells it.
#[derive(Debug, Clone)]
pub struct LiveBook {
    bids: Ladder,
    asks: Ladder,
    at_ms: i64,
    /// Time of the newest snapshot.
    snapshot_ms: i64,
    doubt: Option<Doubt>,
}

impl Default for LiveBook {
    fn default() -> Self {
        Self::new()
    }
}

impl LiveBook {
    /// Nothing is known yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            bids: Ladder::default(),
            asks: Ladder::default(),
            at_ms: i64::MIN,
            snapshot_ms: i64::MIN,
            doubt: Some(Doubt::NoSnapshot),
        }
    }

    /// Takes over a snapshot of the venue's time `at_ms`, both sides by rising price, each price once. What is known of
    /// later times stays; an older snapshot than one known changes nothing. `spare` is memory to work in.
    pub fn snapshot(
        &mut self,
        bids: &[(Price, Shares)],
        asks: &[(Price, Shares)],
        at_ms: i64,
        spare: &mut Vec<Rung>,
    ) -> Applied {
        if at_ms < self.snapshot_ms {
            return Applied::Nothing;
        }
        // One that is older than a doubtful change does not lift the doubt.
        let lifts = at_ms >= self.at_ms;
        self.bids.replace(bids, at_ms, spare);
        self.asks.replace(asks, at_ms, spare);
        self.snapshot_ms = at_ms;
        self.at_ms = self.at_ms.max(at_ms);
        if lifts || self.doubt == Some(Doubt::NoSnapshot) {
            self.doubt = None;
        }
        Applied::Changed
    }

    /// Applies the new total of a level. One that comes before any snapshot is kept for it.
    pub fn change(&mut self, change: &LevelChange) -> Applied {
        let LevelChange { side, rung } = *change;
        // The snapshot has it already.
        if rung.at_ms < self.snapshot_ms {
            return Applied::Nothing;
        }
        if rung.at_ms < self.at_ms.saturating_sub(MAX_DISORDER_MS) {
            return self.distrust(Doubt::TooLate);
        }
        let ladder = match side {
            BookSide::Bid => &mut self.bids,
            BookSide::Ask => &mut self.asks,
        };
        match ladder.set(rung) {
            Outcome::Set => {}
            Outcome::Same | Outcome::Older => return Applied::Nothing,
            Outcome::Tie => return self.distrust(Doubt::Tie),
        }
        if ladder.bare() > BARE_LEVELS {
            ladder.forget(rung.at_ms.saturating_sub(MAX_DISORDER_MS));
        }
        self.at_ms = self.at_ms.max(rung.at_ms);
        Applied::Changed
    }

    /// Compares with the best prices the venue tells with a message, once all of the message is applied. They say nothing
    /// when later things are known. A level whose removal was lost shows here; the venue itself leaves some out when a trade
    /// took them, and sends a snapshot.
    pub fn verify(&mut self, best: &Best, at_ms: i64) -> Applied {
        if at_ms < self.at_ms || self.doubt.is_some() {
            return Applied::Nothing;
        }
        if (self.best_bid(), self.best_ask()) == (best.bid, best.ask) {
            return Applied::Nothing;
        }
        self.distrust(Doubt::BestDiffers)
    }

    /// Marks the book as not to be traded on.
    pub fn distrust(&mut self, doubt: Doubt) -> Applied {
        self.doubt = Some(doubt);
        Applied::Doubted(doubt)
    }

    /// Why the book must not be traded on; `None` when it may.
    #[must_use]
    pub const fn doubt(&self) -> Option<Doubt> {
        self.doubt
    }

    /// The venue's time of the newest thing known, unix ms; `None` before any.
    #[must_use]
    pub fn at_ms(&self) -> Option<i64> {
        (self.at_ms > i64::MIN).then_some(self.at_ms)
    }

    /// Highest bid.
    #[must_use]
    pub fn best_bid(&self) -> Option<Price> {
        self.bids.highest()
    }

    /// Lowest ask.
    #[must_use]
    pub fn best_ask(&self) -> Option<Price> {
        self.asks.lowest()
    }

    /// Midpoint in millionths of a dollar, rounded down; `None` unless both sides exist and do not cross.
    #[must_use]
    pub fn mid_micros(&self) -> Option<i64> {
        let (bid, ask) = (self.best_bid()?.micros(), self.best_ask()?.micros());
        (bid < ask).then(|| (bid + ask) / 2)
    }

    /// The book as everything else here knows books; `None` while it is in doubt.
    #[must_use]
    pub fn order_book(&self, token: &OutcomeToken) -> Option<OrderBook> {
        if self.doubt.is_some() {
            return None;
        }
        let at = DateTime::from_timestamp_millis(self.at_ms)?;
        Some(OrderBook::new(token.clone(), self.bids.levels().rev().collect(), self.asks.levels().collect(), at, None))
    }
}
