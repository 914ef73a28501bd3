//! Activity for tests.

use chrono::{DateTime, Utc};

use super::activity::{Activity, ActivityId, ActivityKind, Trade, Wallet};
use crate::market::{ConditionId, Outcome, OutcomeToken, Side};
use crate::money::{Shares, Usd};

pub(crate) fn usd(text: &str) -> Usd {
    text.parse().unwrap()
}

pub(crate) fn shares(text: &str) -> Shares {
    text.parse().unwrap()
}

pub(crate) fn wallet() -> Wallet {
    Wallet::parse(&format!("0x{}", "a".repeat(40))).unwrap()
}

pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_789_990_000 + seconds, 0).unwrap()
}

pub(crate) fn row(transaction: &str, log: u32, seconds: i64, kind: ActivityKind) -> Activity {
    Activity {
        id: ActivityId { transaction: transaction.to_owned(), subject: kind.subject().to_owned(), log },
        wallet: wallet(),
        at: at(seconds),
        group: Some("the-bill".to_owned()),
        title: "Will the bill pass by Friday?".to_owned(),
        kind,
    }
}

/// A fill of token `11` (Yes) or any other (No) of market `0x501`.
pub(crate) fn fill(
    transaction: &str,
    token: &str,
    log: u32,
    seconds: i64,
    side: Side,
    shares: &str,
    price: &str,
) -> Activity {
    let trade = Trade {
        condition: ConditionId::new("0x501"),
        token: OutcomeToken::new(token),
        outcome: Some(if token == "11" { Outcome::Yes } else { Outcome::No }),
        side,
        shares: shares.parse().unwrap(),
        price: price.parse().unwrap(),
        fee: Usd::ZERO,
    };
    row(transaction, log, seconds, ActivityKind::Trade(trade))
}

pub(crate) fn merge(transaction: &str, seconds: i64, count: &str) -> Activity {
    row(transaction, 0, seconds, ActivityKind::Merge { condition: ConditionId::new("0x501"), shares: shares(count) })
}

pub(crate) fn split(transaction: &str, seconds: i64, count: &str) -> Activity {
    row(transaction, 0, seconds, ActivityKind::Split { condition: ConditionId::new("0x501"), shares: shares(count) })
}

pub(crate) fn redeem(transaction: &str, seconds: i64, token: Option<&str>, paid: &str) -> Activity {
    let token = token.map(OutcomeToken::new);
    let condition = ConditionId::new("0x501");
    row(transaction, 0, seconds, ActivityKind::Redeem { condition, token, paid: usd(paid) })
}
