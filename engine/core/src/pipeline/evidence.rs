//! What is known of a market when it is judged, and whether its books can be used.

use chrono::{DateTime, Utc};

use super::copied::CopiedTrade;
use crate::book::{BookFault, OrderBook};
use crate::market::{Market, Outcome};
use crate::money::Price;
use crate::prediction::{Prediction, SignalSource};

/// A spread beyond this is no price.
const GHOST_SPREAD: f64 = 0.9;
/// A listed spread up to this contradicts a book with a ghost's spread.
const NARROW_SPREAD: f64 = 0.5;

/// What is known of a market when it is judged.
#[derive(Debug, Clone)]
pub struct Evidence<'a> {
    /// The listing.
    pub market: &'a Market,
    /// Book of the Yes token; `None` when there is none.
    pub yes_book: Option<&'a OrderBook>,
    /// Book of the No token; `None` when there is none.
    pub no_book: Option<&'a OrderBook>,
    /// Who forecasts.
    pub source: SignalSource,
    /// Version of the model that forecasts.
    pub model_version: Option<String>,
    /// The forecast.
    pub prediction: Option<Prediction>,
    /// The only outcome that may be bought (that of a copied trade); `None` when either may.
    pub only: Option<Outcome>,
    /// The trade to be copied; `None` for every other source.
    pub copied: Option<CopiedTrade>,
    /// The moment.
    pub at: DateTime<Utc>,
}

impl<'a> Evidence<'a> {
    /// The book of an outcome's own token.
    #[must_use]
    pub const fn book(&self, outcome: Outcome) -> Option<&'a OrderBook> {
        match outcome {
            Outcome::Yes => self.yes_book,
            Outcome::No => self.no_book,
        }
    }

    /// Why an outcome's book cannot be used. A missing book counts as an empty one.
    #[must_use]
    pub fn fault(&self, outcome: Outcome) -> Option<BookFault> {
        let Some(book) = self.book(outcome) else {
            return Some(BookFault::Empty);
        };
        book.fault().or_else(|| is_ghost(book, self.market).then_some(BookFault::Ghost))
    }

    /// An outcome's book when it can be used.
    #[must_use]
    pub fn sound_book(&self, outcome: Outcome) -> Option<&'a OrderBook> {
        if self.fault(outcome).is_some() { None } else { self.book(outcome) }
    }

    /// The market's probability of Yes: the midpoint of the Yes book, when that can be used.
    #[must_use]
    pub fn mid(&self) -> Option<f64> {
        self.sound_book(Outcome::Yes).and_then(OrderBook::midpoint)
    }
}

fn is_ghost(book: &OrderBook, market: &Market) -> bool {
    let spread = |bid: Price, ask: Price| (ask - bid).to_f64();
    let Some((bid, ask)) = book.best_bid().zip(book.best_ask()) else {
        return false;
    };
    let listed = market.best_bid_hint.zip(market.best_ask_hint);
    spread(bid, ask) > GHOST_SPREAD
        && listed.is_some_and(|(bid, ask)| (0.0..=NARROW_SPREAD).contains(&spread(bid, ask)))
}
