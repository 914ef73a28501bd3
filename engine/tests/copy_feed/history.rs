//! What traders did, made from a seed: single fills, orders of many fills some of which are alike, seconds with dozens of
//! rows, all kinds of activity, and rows that show up later than their time.

use chrono::{DateTime, TimeDelta, Utc};
use engine_core::chance::SplitMix64;
use engine_core::copy::activity::Wallet;
use serde_json::{Value, json};

/// When everything begins.
pub(crate) fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

pub(crate) fn after(seconds: i64) -> DateTime<Utc> {
    start() + TimeDelta::seconds(seconds)
}

pub(crate) fn wallet(n: usize) -> Wallet {
    Wallet::parse(&format!("0x{n:040x}")).unwrap()
}

/// One row as the venue has it.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) wallet: Wallet,
    pub(crate) at: DateTime<Utc>,
    /// From when on the venue shows it.
    pub(crate) shown_at: DateTime<Utc>,
    kind: &'static str,
    transaction: String,
    token: u64,
    cents: u64,
    shares: u64,
}

impl Row {
    /// As the second version writes it; the first has other names.
    pub(crate) fn json(&self, first_version: bool) -> Value {
        let trade = matches!(self.kind, "BUY" | "SELL");
        let (price, token) = if trade { (self.cents, self.token.to_string()) } else { (0, String::new()) };
        let dollars = if trade { self.cents * self.shares } else { self.shares * 100 };
        let fields = [
            ("proxy_wallet", "proxyWallet", json!(self.wallet.as_str())),
            ("timestamp", "timestamp", json!(self.at.timestamp())),
            ("condition_id", "conditionId", json!(format!("0x{:064x}", self.token / 2))),
            ("type", "type", json!(if trade { "TRADE" } else { self.kind })),
            ("size", "size", json!(self.shares)),
            ("usdc_size", "usdcSize", json!(dollars as f64 / 100.0)),
            ("transaction_hash", "transactionHash", json!(self.transaction)),
            ("price", "price", json!(price as f64 / 100.0)),
            ("token_id", "asset", json!(token)),
            ("side", "side", json!(if trade { self.kind } else { "" })),
            ("outcome_index", "outcomeIndex", json!(999)),
            ("title", "title", json!("Will it?")),
        ];
        let named = |(v2, v1, value): (&str, &str, Value)| ((if first_version { v1 } else { v2 }).to_owned(), value);
        Value::Object(fields.into_iter().map(named).collect())
    }
}

/// What `wallets` traders do in so many seconds, in the order of time.
pub(crate) fn history(chance: &mut SplitMix64, wallets: usize, seconds: usize, orders: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    for order in 0..orders {
        let wallet = wallet(chance.below(wallets));
        let second = i64::try_from(chance.below(seconds)).unwrap();
        let kind =
            ["BUY", "BUY", "BUY", "SELL", "SELL", "MERGE", "SPLIT", "REDEEM", "REWARD", "A_NEW_WORD"][chance.below(10)];
        let fills = [1, 1, 1, 2, 3, 5, 40][chance.below(7)];
        let (token, transaction) = (100 + chance.below(4) as u64, format!("0x{order:064x}"));
        for _ in 0..fills {
            // Most at once, some within the overlap, a few so late that only a sweep finds them.
            let late = match chance.below(20) {
                0..15 => chance.below(4),
                15..19 => chance.below(500),
                _ => chance.below(6_000),
            };
            rows.push(Row {
                wallet: wallet.clone(),
                at: after(second),
                shown_at: after(second + i64::try_from(late).unwrap()),
                kind,
                transaction: transaction.clone(),
                token,
                cents: 40 + chance.below(3) as u64,
                shares: 1 + chance.below(3) as u64,
            });
        }
    }
    rows.sort_by_key(|row| row.at);
    rows
}
