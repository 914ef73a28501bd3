//! An order book as the venue sends it.

use engine_core::market::Outcome;
use engine_core::money::{Price, Shares};
use serde_json::json;
use sha1::{Digest, Sha1};

/// Shares resting at a price.
pub type Rung = (Price, Shares);

/// A book in the venue's order: bids ascend and asks descend, so the best is the last of both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Book {
    /// Condition id of the market.
    pub market: String,
    /// The outcome token.
    pub asset_id: String,
    /// Unix ms.
    pub timestamp_ms: i64,
    /// Worst first.
    pub bids: Vec<Rung>,
    /// Worst first.
    pub asks: Vec<Rung>,
    /// Shares.
    pub min_order_size: String,
    /// Smallest price step.
    pub tick_size: String,
    /// Part of a neg-risk event.
    pub neg_risk: bool,
    /// Price of the last trade of this token.
    pub last_trade_price: String,
}

impl Book {
    /// Highest bid.
    #[must_use]
    pub fn best_bid(&self) -> Option<Price> {
        self.bids.last().map(|rung| rung.0)
    }

    /// Lowest ask.
    #[must_use]
    pub fn best_ask(&self) -> Option<Price> {
        self.asks.last().map(|rung| rung.0)
    }

    /// `BUY` when the last trade was at the ask, else `SELL`.
    #[must_use]
    pub fn taker_side(&self) -> &'static str {
        let last = self.last_trade_price.parse::<Price>().ok();
        if last.is_some() && last == self.best_ask() { "BUY" } else { "SELL" }
    }

    /// SHA-1, in hex, of the compact JSON of the book with an empty hash, keys in the order the venue hashes them
    /// (API notes §2.1, reproduced there on captured books).
    #[must_use]
    pub fn hash(&self) -> String {
        let digest = Sha1::digest(self.render("").as_bytes());
        digest.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
    }

    /// The body `/book` answers with.
    #[must_use]
    pub fn to_json(&self) -> String {
        self.render(&self.hash())
    }

    fn render(&self, hash: &str) -> String {
        format!(
            concat!(
                "{{\"market\":{},\"asset_id\":{},\"timestamp\":\"{}\",\"hash\":\"{}\",\"bids\":{},\"asks\":{},",
                "\"min_order_size\":{},\"tick_size\":{},\"neg_risk\":{},\"last_trade_price\":{}}}"
            ),
            json!(self.market),
            json!(self.asset_id),
            self.timestamp_ms,
            hash,
            rungs_json(&self.bids),
            rungs_json(&self.asks),
            json!(self.min_order_size),
            json!(self.tick_size),
            self.neg_risk,
            json!(self.last_trade_price),
        )
    }
}

fn rungs_json(rungs: &[Rung]) -> String {
    let one = |(price, shares): &Rung| format!("{{\"price\":\"{price}\",\"size\":\"{shares}\"}}");
    format!("[{}]", rungs.iter().map(one).collect::<Vec<_>>().join(","))
}

/// The orders of a market seen from Yes, best first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Orders {
    /// Bids for Yes, highest first.
    pub bids: Vec<Rung>,
    /// Asks for Yes, lowest first.
    pub asks: Vec<Rung>,
}

impl Orders {
    /// The same orders as the holder of an outcome sees them, in the venue's worst-first order: a bid for Yes at p is
    /// an ask for No at 1 − p, because one engine matches both.
    #[must_use]
    pub fn seen_from(&self, outcome: Outcome) -> (Vec<Rung>, Vec<Rung>) {
        let worst_first = |rungs: &[Rung]| rungs.iter().rev().copied().collect();
        let mirrored = |rungs: &[Rung]| -> Vec<Rung> {
            rungs.iter().rev().map(|(price, shares)| (price.complement(), *shares)).collect()
        };
        match outcome {
            Outcome::Yes => (worst_first(&self.bids), worst_first(&self.asks)),
            Outcome::No => (mirrored(&self.asks), mirrored(&self.bids)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rungs(rows: &serde_json::Value) -> Vec<Rung> {
        let text = |row: &serde_json::Value, key: &str| row[key].as_str().unwrap().to_owned();
        let rows = rows.as_array().unwrap();
        rows.iter().map(|row| (text(row, "price").parse().unwrap(), text(row, "size").parse().unwrap())).collect()
    }

    #[test]
    fn the_hash_of_a_captured_book_is_reproduced() {
        // A whole book of the real venue, from its WebSocket in 2026 (minimum size and neg-risk flag added from REST).
        let captured = include_str!("../../test_data/captured_book.json");
        let seen: serde_json::Value = serde_json::from_str(captured).unwrap();
        let text = |key: &str| seen[key].as_str().unwrap().to_owned();
        let book = Book {
            market: text("market"),
            asset_id: text("asset_id"),
            timestamp_ms: text("timestamp").parse().unwrap(),
            bids: rungs(&seen["bids"]),
            asks: rungs(&seen["asks"]),
            min_order_size: text("min_order_size"),
            tick_size: text("tick_size"),
            neg_risk: seen["neg_risk"].as_bool().unwrap(),
            last_trade_price: text("last_trade_price"),
        };
        assert_eq!(book.hash(), text("hash"));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&book.to_json()).unwrap(), seen);
        assert_eq!(book.best_bid().unwrap().to_string(), "0.176");
    }

    #[test]
    fn the_no_book_is_the_mirror_of_the_yes_book() {
        let rung = |price: &str, shares: &str| (price.parse().unwrap(), shares.parse().unwrap());
        let orders = Orders {
            bids: vec![rung("0.3", "1000"), rung("0.29", "5")],
            asks: vec![rung("0.32", "7"), rung("0.35", "8")],
        };
        let (bids, asks) = orders.seen_from(Outcome::No);
        assert_eq!(bids, [rung("0.65", "8"), rung("0.68", "7")]);
        assert_eq!(asks, [rung("0.71", "5"), rung("0.7", "1000")]);
    }
}
