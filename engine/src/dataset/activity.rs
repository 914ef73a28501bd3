//! Reads `trades.parquet`: recorded activity of wallets, rows as the venue's first Data API gave them.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::DateTime;
use engine_core::copy::activity::{Activity, ActivityId, ActivityKind, Trade, Wallet, number};
use engine_core::market::{ConditionId, Outcome, OutcomeToken, Side};
use engine_core::money::{Price, Shares, Usd};

use super::columns::{Group, Table};
use super::error::DataSetError;

const TEXTS: [&str; 8] = ["wallet", "type", "side", "condition_id", "asset", "tx_hash", "title", "event_slug"];
const NUMBERS: [&str; 5] = ["ts", "outcome_index", "size", "price", "usdc_size"];

/// Recorded activity of wallets.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RecordedActivity {
    /// Rows by wallet, in order, each with its place in its transaction.
    pub wallets: BTreeMap<Wallet, Vec<Activity>>,
    /// Rows that were left out, by reason.
    pub skipped: BTreeMap<&'static str, u64>,
}

impl RecordedActivity {
    /// Reads `trades.parquet` of a data-set directory. A row that cannot be used is skipped and counted by reason.
    ///
    /// # Errors
    /// [`DataSetError`] when the file or one of the columns `wallet`, `type` and `ts` is missing, has the wrong type or is
    /// damaged.
    pub fn read(dir: impl AsRef<Path>) -> Result<Self, DataSetError> {
        let mut set = Self::default();
        let table = Table::open(&dir.as_ref().join("trades.parquet"))?;
        for group in table.groups() {
            set.read_group(&group?)?;
        }
        for rows in set.wallets.values_mut() {
            number(rows);
        }
        Ok(set)
    }

    fn read_group(&mut self, group: &Group<'_>) -> Result<(), DataSetError> {
        for name in ["wallet", "type", "ts"] {
            group.require(name)?;
        }
        group.each_row(&TEXTS, &NUMBERS, |texts, numbers| match activity(&Row { texts, numbers }) {
            Ok(row) => self.wallets.entry(row.wallet.clone()).or_default().push(row),
            Err(reason) => *self.skipped.entry(reason).or_insert(0) += 1,
        })
    }
}

/// One row: its columns in the order of [`TEXTS`] and [`NUMBERS`].
struct Row {
    texts: Vec<Option<String>>,
    numbers: Vec<Option<f64>>,
}

impl Row {
    fn text(&self, name: &str) -> &str {
        let place = TEXTS.iter().position(|known| *known == name);
        place.and_then(|place| self.texts.get(place)?.as_deref()).unwrap_or_default()
    }

    fn number(&self, name: &str) -> Option<f64> {
        let place = NUMBERS.iter().position(|known| *known == name)?;
        self.numbers.get(place).copied().flatten().filter(|value| value.is_finite())
    }

    fn shares(&self) -> Option<Shares> {
        self.number("size").and_then(Shares::from_f64).filter(|shares| *shares >= Shares::ZERO)
    }

    fn dollars(&self) -> Option<Usd> {
        self.number("usdc_size").and_then(Usd::from_f64).filter(|dollars| *dollars >= Usd::ZERO)
    }
}

fn activity(row: &Row) -> Result<Activity, &'static str> {
    let wallet = Wallet::parse(row.text("wallet")).ok_or("row without a wallet")?;
    #[allow(clippy::cast_possible_truncation)] // seconds; the time type refuses what is out of range
    let at =
        row.number("ts").and_then(|ts| DateTime::from_timestamp(ts as i64, 0)).ok_or("row without a usable time")?;
    let kind = kind(row)?;
    let group = Some(row.text("event_slug")).filter(|slug| !slug.is_empty()).map(str::to_owned);
    let id = ActivityId {
        transaction: row.text("tx_hash").to_owned(),
        subject: kind.subject().to_owned(),
        log: 0, // given by `number` once all rows are read
    };
    Ok(Activity { id, wallet, at, group, title: row.text("title").to_owned(), kind })
}

fn kind(row: &Row) -> Result<ActivityKind, &'static str> {
    let condition = || {
        Some(row.text("condition_id")).filter(|id| !id.is_empty()).map(ConditionId::new).ok_or("row without a market")
    };
    let shares = || row.shares().ok_or("row without an amount");
    let dollars = || row.dollars().ok_or("row without an amount");
    match row.text("type") {
        "TRADE" => trade(row, condition()?).map(ActivityKind::Trade),
        "SPLIT" => Ok(ActivityKind::Split { condition: condition()?, shares: shares()? }),
        "MERGE" => Ok(ActivityKind::Merge { condition: condition()?, shares: shares()? }),
        "REDEEM" => {
            let token = Some(row.text("asset")).filter(|token| !token.is_empty()).map(OutcomeToken::new);
            Ok(ActivityKind::Redeem { condition: condition()?, token, paid: dollars()? })
        }
        "CONVERSION" => Ok(ActivityKind::Conversion { shares: shares()? }),
        name @ ("REWARD" | "YIELD" | "MAKER_REBATE" | "TAKER_REBATE" | "REFERRAL_REWARD") => {
            Ok(ActivityKind::Reward { name: name.to_owned(), paid: dollars()? })
        }
        name => Ok(ActivityKind::Unknown { name: name.to_owned() }),
    }
}

fn trade(row: &Row, condition: ConditionId) -> Result<Trade, &'static str> {
    let token = Some(row.text("asset")).filter(|token| !token.is_empty()).ok_or("trade without a token")?;
    let side = match row.text("side") {
        "BUY" => Side::Buy,
        "SELL" => Side::Sell,
        _ => return Err("trade without a side"),
    };
    let price = row
        .number("price")
        .and_then(Price::from_f64)
        .filter(|price| *price >= Price::ZERO && *price <= Price::ONE)
        .ok_or("trade without a price")?;
    let shares = row.shares().ok_or("row without an amount")?;
    let outcome = match row.number("outcome_index") {
        Some(0.0) => Some(Outcome::Yes),
        Some(1.0) => Some(Outcome::No),
        _ => None,
    };
    let fee = row.dollars().map_or(Usd::ZERO, |dollars| Trade::fee_within(side, shares, price, dollars));
    Ok(Trade { condition, token: OutcomeToken::new(token), outcome, side, shares, price, fee })
}
