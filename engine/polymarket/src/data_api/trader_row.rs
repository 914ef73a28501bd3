//! Rows about traders, in either spelling. Pure.

use chrono::{DateTime, Utc};
use engine_core::copy::activity::Wallet;
use engine_core::market::{ConditionId, Outcome, OutcomeToken};
use engine_core::money::{Price, Shares, Usd};
use serde_json::Value;

use crate::wire;

/// Open or closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PositionStatus {
    /// Shares are held, those of resolved markets not redeemed yet too.
    Open,
    /// No shares are left.
    Closed,
}

impl PositionStatus {
    /// The venue's word.
    pub(crate) const fn as_query(self) -> &'static str {
        match self {
            Self::Open => "OPEN",
            Self::Closed => "CLOSED",
        }
    }
}

/// A position of a trader. What the row does not say is `None`.
#[derive(Debug, Clone, PartialEq)]
pub struct TraderPosition {
    /// The market.
    pub condition: ConditionId,
    /// The token.
    pub token: OutcomeToken,
    /// Its outcome; `None` when not said (999).
    pub outcome: Option<Outcome>,
    /// The other token of the market.
    pub opposite: Option<OutcomeToken>,
    /// Open or closed.
    pub status: PositionStatus,
    /// Shares held now.
    pub shares: Option<Shares>,
    /// Shares bought in all.
    pub bought: Option<Shares>,
    /// Average price paid, before fees.
    pub average_price: Option<Price>,
    /// Paid for what is held, before fees.
    pub cost: Option<Usd>,
    /// Fees paid.
    pub fees: Option<Usd>,
    /// Price now; 0 or 1 of a resolved market.
    pub price: Option<Price>,
    /// Worth of what is held.
    pub value: Option<Usd>,
    /// Profit or loss taken, before fees.
    pub realized_pnl: Option<Usd>,
    /// Profit or loss on what is held.
    pub unrealized_pnl: Option<Usd>,
    /// The market is resolved and the shares wait to be redeemed, losers too.
    pub redeemable: bool,
    /// Title of the market. Foreign text.
    pub title: String,
    /// Slug of the group of markets.
    pub group: Option<String>,
    /// Published end of the market.
    pub end_at: Option<DateTime<Utc>>,
    /// When it was opened.
    pub first_at: Option<DateTime<Utc>>,
    /// When it last changed; of a closed one, when it ended.
    pub last_at: Option<DateTime<Utc>>,
}

/// Positions of a trader.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PositionList {
    /// The rows, in the venue's order.
    pub rows: Vec<TraderPosition>,
    /// Rows that could not be used: another wallet's, without a market or token, of combinations.
    pub skipped: u64,
    /// True when there are no more.
    pub complete: bool,
}

/// A row of the leaderboard.
#[derive(Debug, Clone, PartialEq)]
pub struct LeaderboardRow {
    /// Place, from 1; ties share one.
    pub rank: u64,
    /// Who.
    pub wallet: Wallet,
    /// What he calls himself. Foreign text; empty when not said.
    pub name: String,
    /// Profit of the period.
    pub pnl: Option<Usd>,
    /// Volume as the venue counts it: shares in the second version, dollars in the first.
    pub volume: Option<f64>,
    /// The venue vouches for the name.
    pub verified: bool,
}

/// A field by either name.
fn field<'a>(row: &'a Value, v2: &str, v1: &str) -> &'a Value {
    row.get(v2).filter(|value| !value.is_null()).or_else(|| row.get(v1)).unwrap_or(&Value::Null)
}

/// Reads a position of `wallet`, of version 2 or 1; `None` when it is another's or of no market.
#[must_use]
pub fn parse_position(row: &Value, wallet: &Wallet, status: PositionStatus) -> Option<TraderPosition> {
    let text = |v2, v1| wire::text(field(row, v2, v1));
    if text("proxy_wallet", "proxyWallet").is_some_and(|named| Wallet::parse(&named).as_ref() != Some(wallet)) {
        return None;
    }
    let token = text("token_id", "asset").filter(|token| token.bytes().all(|byte| byte.is_ascii_digit()))?;
    let index =
        wire::integer(field(row, "outcome_index", "outcomeIndex")).and_then(|index| usize::try_from(index).ok());
    let usd = |v2, v1| wire::amount::<Usd>(field(row, v2, v1));
    let closed = status == PositionStatus::Closed;
    Some(TraderPosition {
        condition: ConditionId::new(text("condition_id", "conditionId")?),
        token: OutcomeToken::new(token),
        outcome: Outcome::BOTH.into_iter().find(|outcome| Some(outcome.index()) == index),
        opposite: text("opposite_token_id", "oppositeAsset").map(OutcomeToken::new),
        status,
        shares: if closed { Some(Shares::ZERO) } else { wire::amount(field(row, "current_size", "size")) },
        bought: wire::amount(field(row, "total_size", "totalBought")),
        average_price: wire::probability_price(field(row, "avg_price", "avgPrice")),
        cost: usd("entry_cost_usdc", "initialValue"),
        fees: usd("entry_fees_usdc", "entryFeesUsdc"),
        price: wire::probability_price(field(row, "current_price", "curPrice")),
        value: usd("current_value", "currentValue"),
        realized_pnl: usd("realized_pnl", "realizedPnl"),
        unrealized_pnl: usd("unrealized_pnl", "cashPnl"),
        redeemable: wire::flag(field(row, "redeemable", "redeemable")) == Some(true),
        title: text("title", "title").unwrap_or_default(),
        group: text("event_slug", "eventSlug"),
        end_at: wire::instant(field(row, "end_date", "endDate")),
        first_at: wire::instant(field(row, "first_entry_at", "firstEntryAt")),
        last_at: wire::instant(field(row, "last_event_at", "timestamp")),
    })
}

/// Reads a row of the leaderboard; `None` without a wallet or a rank.
#[must_use]
pub fn parse_leaderboard_row(row: &Value) -> Option<LeaderboardRow> {
    let wallet = wire::text(field(row, "user_id", "proxyWallet"))?;
    Some(LeaderboardRow {
        rank: u64::try_from(wire::integer(field(row, "rank", "rank"))?).ok()?,
        wallet: Wallet::parse(&wallet)?,
        name: wire::text(field(row, "user_name", "userName")).unwrap_or_default(),
        pnl: wire::amount(field(row, "pnl", "pnl")),
        volume: wire::float(field(row, "volume", "vol")),
        verified: wire::flag(field(row, "verified", "verifiedBadge")) == Some(true),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn wallet() -> Wallet {
        Wallet::parse("0x379a410a36c101e3b8dfb6c90d1176eb0def4b1a").unwrap()
    }

    #[test]
    fn positions_of_both_versions() {
        let rows: Vec<Value> = serde_json::from_str(include_str!("../../test_data/positions.json")).unwrap();
        let open = parse_position(&rows[0], &wallet(), PositionStatus::Open).unwrap();
        assert_eq!(
            (open.outcome, open.shares.unwrap().to_string(), open.cost.unwrap().to_string()),
            (Some(Outcome::No), "28.09".into(), "18.8202".into())
        );
        assert_eq!(
            (open.fees.unwrap().to_string(), open.last_at.unwrap().timestamp()),
            ("0.31053".into(), 1_791_292_984)
        );
        let closed = parse_position(&rows[1], &wallet(), PositionStatus::Closed).unwrap();
        assert_eq!((closed.shares, closed.realized_pnl.unwrap().to_string()), (Some(Shares::ZERO), "281.1088".into()));
        assert_eq!(closed.last_at.unwrap() - closed.first_at.unwrap(), chrono::TimeDelta::seconds(225_789));
        let old = parse_position(&rows[2], &wallet(), PositionStatus::Closed).unwrap();
        assert_eq!(
            (old.bought.unwrap().to_string(), old.realized_pnl.unwrap().to_string()),
            ("1500000".into(), "1095000".into())
        );
        assert_eq!(
            (old.price, old.first_at, old.last_at.unwrap().timestamp()),
            (Some(Price::ONE), None, 1_768_957_706)
        );
        let older = parse_position(&rows[3], &wallet(), PositionStatus::Open).unwrap();
        assert_eq!((older.redeemable, older.unrealized_pnl.unwrap().to_string()), (true, "-1145352.9486".into()));
        // A sentinel date, an outcome nobody knows, another's row, none at all.
        let mut odd = rows[0].clone();
        odd["end_date"] = json!("1970-01-01");
        odd["outcome_index"] = json!(999);
        let odd = parse_position(&odd, &wallet(), PositionStatus::Open).unwrap();
        assert_eq!((odd.end_at, odd.outcome), (None, None));
        let other = Wallet::parse(&format!("0x{}", "c".repeat(40))).unwrap();
        assert_eq!(parse_position(&rows[0], &other, PositionStatus::Open), None);
        assert_eq!(parse_position(&json!(null), &wallet(), PositionStatus::Open), None);
    }

    #[test]
    fn leaderboards_of_both_versions() {
        let v2 = json!({"rank": 1, "user_id": "0x51698a47f840a242abc2ca0351371c7ffac41842", "pnl": 2_492_743.867_76,
            "volume": 12_942_959.982_39, "user_name": "00gringo00", "verified": false});
        let v1 = json!({"rank": "7", "proxyWallet": "0x2E25b222e2080c377fc1fb2b9f926315f0f4d49e", "userName": "Sparkling8899",
            "vol": 0, "pnl": "12.5", "verifiedBadge": true});
        let row = parse_leaderboard_row(&v2).unwrap();
        assert_eq!(
            (row.rank, row.name.as_str(), row.pnl.unwrap().to_string()),
            (1, "00gringo00", "2492743.86776".into())
        );
        let row = parse_leaderboard_row(&v1).unwrap();
        assert_eq!((row.rank, row.volume, row.verified), (7, Some(0.0), true));
        assert_eq!(row.wallet.as_str(), "0x2e25b222e2080c377fc1fb2b9f926315f0f4d49e");
        assert_eq!(parse_leaderboard_row(&json!({"rank": 1, "user_id": "nobody"})), None);
    }
}
