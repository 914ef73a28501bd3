//! From a row of activity, in either spelling, to what a trader did. Pure.

use std::fmt;

use engine_core::copy::activity::{Activity, ActivityId, ActivityKind, Trade, Wallet};
use engine_core::market::{ConditionId, Outcome, OutcomeToken, Side};
use engine_core::money::{Price, Shares, Usd};
use serde_json::Value;

use crate::wire;

/// Hex digits of a market's condition; combinations of markets have two fewer.
const CONDITION_DIGITS: usize = 64;

/// Why a row cannot be kept: without these it is not known whose it is, when it was, or whether it was seen before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowFault {
    /// Not an object.
    NotARow,
    /// Another wallet's, or nobody's.
    ForeignWallet,
    /// No time.
    NoTime,
    /// No transaction.
    NoTransaction,
}

impl RowFault {
    /// A few words for counters.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotARow => "not a row",
            Self::ForeignWallet => "of another wallet",
            Self::NoTime => "without a time",
            Self::NoTransaction => "without a transaction",
        }
    }
}

impl fmt::Display for RowFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Reads a row of `wallet`'s activity, of version 2 (`token_id`) or 1 (`asset`). Its log position is 0: it is given
/// when all rows of its transaction are there.
///
/// What a row of a known type lacks makes it [`ActivityKind::Unknown`] under that type's name: it happened, but nothing
/// follows from it. So do trades in combinations of markets.
///
/// # Errors
/// Why the row cannot be kept at all.
pub fn parse_activity(row: &Value, wallet: &Wallet) -> Result<Activity, RowFault> {
    if !row.is_object() {
        return Err(RowFault::NotARow);
    }
    let row = Row(row);
    // A row that names nobody is of the wallet that was asked for.
    if row.text("proxy_wallet", "proxyWallet").is_some_and(|named| Wallet::parse(&named).as_ref() != Some(wallet)) {
        return Err(RowFault::ForeignWallet);
    }
    let at = wire::instant(row.field("timestamp", "timestamp")).ok_or(RowFault::NoTime)?;
    let hash = row.text("transaction_hash", "transactionHash");
    let transaction = hash.filter(|hash| hash.bytes().all(|byte| byte.is_ascii_graphic()));
    let transaction = transaction.ok_or(RowFault::NoTransaction)?;
    let kind = row.kind();
    Ok(Activity {
        id: ActivityId { transaction, subject: kind.subject().to_owned(), log: 0 },
        wallet: wallet.clone(),
        at,
        group: row.text("event_slug", "eventSlug"),
        title: row.text("title", "title").unwrap_or_default(),
        kind,
    })
}

/// A row of either spelling.
struct Row<'a>(&'a Value);

impl Row<'_> {
    fn field(&self, v2: &str, v1: &str) -> &Value {
        let found = self.0.get(v2).filter(|value| !value.is_null()).or_else(|| self.0.get(v1));
        found.unwrap_or(&Value::Null)
    }

    fn text(&self, v2: &str, v1: &str) -> Option<String> {
        wire::text(self.field(v2, v1))
    }

    fn condition(&self) -> Option<ConditionId> {
        let text = self.text("condition_id", "conditionId")?;
        let digits = text.strip_prefix("0x")?;
        let whole = digits.len() == CONDITION_DIGITS && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        whole.then(|| ConditionId::new(text))
    }

    fn token(&self) -> Option<OutcomeToken> {
        let text = self.text("token_id", "asset")?;
        text.bytes().all(|byte| byte.is_ascii_digit()).then(|| OutcomeToken::new(text))
    }

    /// Shares; never below zero.
    fn shares(&self) -> Option<Shares> {
        wire::amount(self.field("size", "size")).filter(|shares: &Shares| shares.micros() >= 0)
    }

    fn dollars(&self) -> Option<Usd> {
        wire::amount(self.field("usdc_size", "usdcSize")).filter(|dollars: &Usd| dollars.micros() >= 0)
    }

    fn kind(&self) -> ActivityKind {
        // The trade feed has no type.
        let name = self.text("type", "type").unwrap_or_else(|| "TRADE".to_owned()).to_uppercase();
        let known = match name.as_str() {
            "TRADE" => self.trade().map(ActivityKind::Trade),
            "SPLIT" => self.pair().map(|(condition, shares)| ActivityKind::Split { condition, shares }),
            "MERGE" => self.pair().map(|(condition, shares)| ActivityKind::Merge { condition, shares }),
            "REDEEM" => self.condition().map(|condition| ActivityKind::Redeem {
                condition,
                token: self.token(),
                paid: self.dollars().unwrap_or(Usd::ZERO),
            }),
            "CONVERSION" => self.shares().map(|shares| ActivityKind::Conversion { shares }),
            "REWARD" | "YIELD" | "MAKER_REBATE" | "TAKER_REBATE" | "REFERRAL_REWARD" => {
                self.dollars().map(|paid| ActivityKind::Reward { name: name.clone(), paid })
            }
            _ => None,
        };
        known.unwrap_or(ActivityKind::Unknown { name })
    }

    fn pair(&self) -> Option<(ConditionId, Shares)> {
        Some((self.condition()?, self.shares()?))
    }

    fn trade(&self) -> Option<Trade> {
        let (condition, shares) = self.pair()?;
        let side = match self.text("side", "side")?.to_ascii_uppercase().as_str() {
            "BUY" => Side::Buy,
            "SELL" => Side::Sell,
            _ => return None,
        };
        let price: Price = wire::probability_price(self.field("price", "price"))?;
        let fee = self.dollars().map_or(Usd::ZERO, |dollars| Trade::fee_within(side, shares, price, dollars));
        Some(Trade { condition, token: self.token()?, outcome: self.outcome(), side, shares, price, fee })
    }

    /// 999 and everything else beyond the two outcomes is "not said".
    fn outcome(&self) -> Option<Outcome> {
        let index = wire::integer(self.field("outcome_index", "outcomeIndex"))?;
        let index = usize::try_from(index).ok()?;
        Outcome::BOTH.into_iter().find(|outcome| outcome.index() == index)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn wallet() -> Wallet {
        Wallet::parse("0x379a410a36c101e3b8dfb6c90d1176eb0def4b1a").unwrap()
    }

    fn rows() -> Vec<Value> {
        let page: Value = serde_json::from_str(include_str!("../../test_data/activity.json")).unwrap();
        page["data"].as_array().unwrap().clone()
    }

    #[test]
    fn rows_as_the_venue_sends_them() {
        let read: Vec<Activity> = rows().iter().map(|row| parse_activity(row, &wallet()).unwrap()).collect();
        let trade = |n: usize| {
            let ActivityKind::Trade(trade) = &read[n].kind else { panic!("{:?}", read[n]) };
            trade.clone()
        };
        // A fresh row: the outcome and the event are not said yet. The dollars include the fee.
        let fresh = trade(0);
        assert_eq!((fresh.outcome, fresh.side, read[0].group.as_deref()), (None, Side::Buy, None));
        assert_eq!(
            (fresh.shares.to_string(), fresh.price.to_string(), fresh.fee.to_string()),
            ("22.84".into(), "0.52".into(), "0.28504".into())
        );
        assert_eq!((read[0].at.timestamp(), read[0].id.subject.as_str()), (1_789_381_477, fresh.token.as_str()));
        assert_eq!((trade(1).outcome, trade(1).fee.to_string()), (Some(Outcome::No), "0.03348".into()));
        // The first version's spelling, numbers as texts.
        let old = trade(2);
        assert_eq!((old.outcome, old.side, old.fee), (Some(Outcome::Yes), Side::Sell, Usd::ZERO));
        assert_eq!((old.shares.to_string(), old.price.to_string()), ("714.285713".into(), "0.86".into()));
        let kinds: Vec<String> = read[3..].iter().map(|row| format!("{:?}", row.kind)).collect();
        let begins = [
            "Redeem",
            "Redeem",
            "Merge",
            "Split",
            "Conversion",
            "Reward { name: \"MAKER_REBATE\"",
            "Unknown { name: \"THRESHOLD_COMPOSE\" }",
            "Unknown { name: \"TRADE\" }",
            "Unknown { name: \"TRADE\" }",
        ];
        assert_eq!(kinds.len(), begins.len());
        for (kind, begin) in kinds.iter().zip(begins) {
            assert!(kind.starts_with(begin), "{kind} is not {begin}");
        }
        let ActivityKind::Redeem { token, paid, .. } = &read[3].kind else { panic!() };
        assert_eq!((token.is_none(), paid.to_string().as_str()), (true, "10980911.728675"));
        let ActivityKind::Redeem { token, paid, .. } = &read[4].kind else { panic!() };
        assert_eq!((token.is_some(), *paid), (true, Usd::ZERO));
    }

    #[test]
    fn a_row_without_identity_is_refused_with_its_reason() {
        let with = |field: &str, value: Value| {
            let mut row = rows().remove(0);
            row[field] = value;
            parse_activity(&row, &wallet()).unwrap_err()
        };
        assert_eq!(with("proxy_wallet", json!(format!("0x{}", "b".repeat(40)))), RowFault::ForeignWallet);
        assert_eq!(with("timestamp", json!(null)), RowFault::NoTime);
        assert_eq!(with("transaction_hash", json!("")), RowFault::NoTransaction);
        assert_eq!(parse_activity(&json!("x"), &wallet()).unwrap_err(), RowFault::NotARow);
    }

    #[test]
    fn what_a_trade_lacks_is_never_made_up() {
        for (field, value) in [
            ("price", json!(null)),
            ("price", json!(1.5)),
            ("size", json!("many")),
            ("size", json!(-1)),
            ("side", json!("")),
            ("token_id", json!("")),
            ("condition_id", json!("0x03449eec66c044cecb729af4169b45afbf0000000000000000000000000000")),
        ] {
            let mut row = rows().remove(0);
            row[field] = value;
            let read = parse_activity(&row, &wallet()).unwrap();
            assert_eq!(read.kind, ActivityKind::Unknown { name: "TRADE".to_owned() }, "{field}");
        }
    }

    proptest! {
        #[test]
        fn no_field_of_activity_can_break_the_parser(
            row in 0..12_usize,
            field in 0..30_usize,
            value in prop_oneof![
                Just(json!(null)), Just(json!([])), Just(json!({})), Just(json!(true)), any::<f64>().prop_map(|n| json!(n)),
                any::<i64>().prop_map(|n| json!(n)), any::<u64>().prop_map(|n| json!(n)), ".{0,40}".prop_map(|t| json!(t)),
                "-?[0-9]{1,60}(\\.[0-9]{1,30})?".prop_map(|t| json!(t)),
            ],
        ) {
            let mut row = rows().remove(row);
            let names: Vec<String> = row.as_object().unwrap().keys().cloned().collect();
            row[&names[field % names.len()]] = value;
            if let Ok(read) = parse_activity(&row, &wallet()) {
                prop_assert_eq!(read.id.subject.as_str(), read.kind.subject());
                prop_assert!(serde_json::to_string(&read).is_ok());
            }
        }
    }
}
