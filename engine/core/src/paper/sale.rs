//! Selling into a book as it stands.

use chrono::{DateTime, Utc};

use super::broker::{Order, walk};
use crate::book::{BookFault, OrderBook};
use crate::fee::FeeModel;
use crate::fill::Fill;
use crate::money::{Price, Shares};

/// Why nothing can be sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoSale {
    /// A crossed book is a moment of transition: nothing is traded on it.
    Crossed,
    /// Nobody bids.
    NoBid,
    /// The bids buy no whole lot.
    Thin,
}

/// Walks a sale down the bids, at most `slippage` dollars a share below the best one.
///
/// # Errors
/// [`NoSale`] when nothing can be sold.
pub fn sell_into(
    book: &OrderBook,
    shares: Shares,
    slippage: Price,
    fee: &FeeModel,
    decided_at: DateTime<Utc>,
    filled_at: DateTime<Utc>,
) -> Result<Fill, NoSale> {
    if book.fault() == Some(BookFault::Crossed) {
        return Err(NoSale::Crossed);
    }
    let bid = book.best_bid().ok_or(NoSale::NoBid)?;
    let limit = (bid - slippage).max(Price::from_micros(1));
    walk(book, &Order::sell(limit, shares), fee, decided_at, filled_at).ok_or(NoSale::Thin)
}
