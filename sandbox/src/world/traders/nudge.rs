//! How a trader's order moves the book for a while.

use std::sync::{Arc, OnceLock};

use engine_core::market::Outcome;

use crate::world::ladder::Quote;

/// After an order the outcome bought gets dearer for a while: its ask firms, and perhaps its bid follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Nudge {
    pub(crate) from_ms: i64,
    pub(crate) until_ms: i64,
    pub(crate) outcome: Outcome,
    pub(crate) ask_micros: i64,
    pub(crate) bid_micros: i64,
}

/// What is known of the traders' influence on one market's book; thought up when first asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Moves {
    /// When somebody who moves books may order here, ascending.
    pub(super) looks: OnceLock<Arc<[i64]>>,
    pub(super) nudges: OnceLock<Arc<[Nudge]>>,
}

impl Nudge {
    /// True while it holds.
    pub(crate) const fn holds(&self, ms: i64) -> bool {
        self.from_ms <= ms && ms < self.until_ms
    }

    /// The quote with this nudge in it: prices move by whole ticks and stay quotable.
    pub(crate) fn apply(&self, quote: Quote) -> Quote {
        let ticks = |micros: i64| (micros + quote.tick_micros / 2) / quote.tick_micros;
        let (ask, bid) = (ticks(self.ask_micros), ticks(self.bid_micros));
        let (bid_ticks, ask_ticks) = match self.outcome {
            Outcome::Yes => (quote.bid_ticks + bid, quote.ask_ticks + ask),
            Outcome::No => (quote.bid_ticks - ask, quote.ask_ticks - bid),
        };
        let top = engine_core::money::MICROS_PER_UNIT / quote.tick_micros - 1;
        let bid_ticks = bid_ticks.clamp(1, top - 1);
        Quote { bid_ticks, ask_ticks: ask_ticks.clamp(bid_ticks + 1, top), ..quote }
    }
}
