//! One thing a trader did, as the venue's feed of activity would tell it.

use std::sync::Arc;

use engine_core::market::Side;

/// What a row of activity is about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Subject {
    /// The condition on chain; `0x` and 62 digits for a combination of markets, empty for income.
    pub condition: String,
    /// Title of the market.
    pub title: String,
    /// Address part of the market.
    pub slug: String,
    /// Address part of its event.
    pub event_slug: String,
    /// Its two outcome tokens, Yes first; none for combinations and income.
    pub tokens: Vec<Arc<str>>,
}

/// A row of activity.
#[derive(Debug, Clone, PartialEq)]
pub struct Deed {
    /// When it happened, unix seconds.
    pub at_s: i64,
    /// Its place among the rows of its wallet and second; unique within the wallet.
    pub seq: u64,
    /// The venue's word for it: `TRADE`, `SPLIT`, `MERGE`, `REDEEM`, `REWARD`, …
    pub kind: Arc<str>,
    /// The market.
    pub subject: Arc<Subject>,
    /// The outcome token; empty where the row names none.
    pub token: Arc<str>,
    /// Bought or sold, for trades.
    pub side: Option<Side>,
    /// 0 or 1; `None` is the venue's 999.
    pub outcome_index: Option<u8>,
    /// Label of the outcome; empty where the row names none.
    pub outcome: Arc<str>,
    /// Shares (dollars, for income).
    pub size: f64,
    /// Dollars a share, before any fee; 0 where the row has none.
    pub price: f64,
    /// Dollars, a taker's fee included: more than shares × price for a purchase, less for a sale.
    pub usdc: f64,
    /// Hash of the transaction, shared by all fills of one order.
    pub transaction: Arc<str>,
    /// Took what was resting in the book; such trades pay the fee. Recorded ones count as such.
    pub taker: bool,
    /// The feed tells it this much later than others, milliseconds.
    pub late_ms: i64,
}

impl Deed {
    /// Order of the feed within a wallet: time, then place.
    #[must_use]
    pub const fn key(&self) -> (i64, u64) {
        (self.at_s, self.seq)
    }

    /// True for a trade.
    #[must_use]
    pub fn is_trade(&self) -> bool {
        &*self.kind == "TRADE"
    }

    /// The fee within the row's dollars; 0 for everything but a taker's trade.
    #[must_use]
    pub fn fee(&self) -> f64 {
        let plain = self.size * self.price;
        match self.side {
            Some(Side::Buy) => (self.usdc - plain).max(0.0),
            Some(Side::Sell) => (plain - self.usdc).max(0.0),
            None => 0.0,
        }
    }
}
