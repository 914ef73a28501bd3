//! What the database holds, row by row, for `export`: the columns that scripts rely on.

use chrono::SecondsFormat;
use engine_core::notice::DecidedBy;
use engine_core::signal::PASSED_ALL;
use entities::{fills, inbox, positions, predictions, signals};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::{Map, Value, json};

use super::connect::Store;
use super::convert::{from_json, time};
use super::error::StoreError;
use super::ledger;
use super::positions::levels;

/// Rows read at once.
const PAGE: u64 = 1_000;

/// What can be exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExportTable {
    /// Positions.
    Positions,
    /// Fills.
    Fills,
    /// The prediction log.
    Predictions,
    /// Transfers.
    Ledger,
    /// Signals.
    Signals,
    /// Updates from Telegram.
    Updates,
}

impl ExportTable {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Positions, Self::Fills, Self::Predictions, Self::Ledger, Self::Signals, Self::Updates];

    /// As given on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Positions => "positions",
            Self::Fills => "fills",
            Self::Predictions => "predictions",
            Self::Ledger => "ledger",
            Self::Signals => "signals",
            Self::Updates => "updates",
        }
    }

    /// The inverse of [`ExportTable::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The columns, in order.
    #[must_use]
    pub const fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Positions => &[
                "id",
                "book",
                "source",
                "market_id",
                "condition_id",
                "token_id",
                "outcome",
                "shares",
                "price",
                "stake",
                "fee",
                "status",
                "pnl",
                "opened_at",
                "closed_at",
                "signal_id",
                "trader",
            ],
            Self::Fills => &[
                "id",
                "position_id",
                "book",
                "token_id",
                "side",
                "shares",
                "vwap",
                "stake",
                "fee",
                "fee_rate",
                "mid",
                "book_hash",
                "book_at",
                "levels",
                "decided_at",
                "filled_at",
                "latency_ms",
            ],
            Self::Predictions => &[
                "id",
                "at",
                "source",
                "model_version",
                "market_id",
                "condition_id",
                "model_p",
                "posterior",
                "confidence",
                "bid",
                "ask",
                "mid",
                "gate",
                "reason",
                "outcome",
                // Beyond the contract, so last.
                "calibrated",
            ],
            Self::Ledger => &["transfer_id", "at", "from", "to", "amount", "kind", "book", "position_id"],
            Self::Signals => &[
                "id",
                "source",
                "market_id",
                "condition_id",
                "token_id",
                "outcome",
                "model_p",
                "posterior",
                "confidence",
                "edge",
                "status",
                "created_at",
                "expires_at",
                "decided_by",
                "decided_at",
            ],
            Self::Updates => &["update_id", "kind", "received_at", "handled_at", "bot"],
        }
    }
}

impl Store {
    /// Gives every row to `each`, in order of its number, as an object with exactly the columns of its kind; amounts are
    /// decimal numbers of dollars, times RFC 3339 in UTC. Rows are read a page at a time.
    ///
    /// # Errors
    /// When the database refuses, a row cannot be read, or `each` fails.
    pub async fn export<E, F>(&self, kind: ExportTable, mut each: F) -> Result<u64, E>
    where
        E: From<StoreError>,
        F: FnMut(Value) -> Result<(), E> + Send,
    {
        let (mut after, mut rows) = (Place::START, 0);
        loop {
            let page = self.export_page(kind, after).await?;
            let Some((last, _)) = page.last() else {
                return Ok(rows);
            };
            after = *last;
            for (_, values) in page {
                let object: Map<String, Value> =
                    kind.columns().iter().map(|column| (*column).to_owned()).zip(values).collect();
                each(Value::Object(object))?;
                rows += 1;
            }
        }
    }

    /// One page of rows after a place: each row's place, and its values in the order of the columns.
    async fn export_page(&self, kind: ExportTable, after: Place) -> Result<Vec<(Place, Vec<Value>)>, StoreError> {
        macro_rules! page {
            ($entity:ident, $key:ident, $row:path) => {
                $entity::Entity::find()
                    .filter($entity::Column::$key.gt(after.number))
                    .order_by_asc($entity::Column::$key)
                    .limit(PAGE)
                    .all(self.read())
                    .await?
                    .iter()
                    .map($row)
                    .collect()
            };
        }
        match kind {
            ExportTable::Positions => page!(positions, Id, position),
            ExportTable::Fills => page!(fills, Id, fill),
            ExportTable::Predictions => page!(predictions, Id, prediction),
            ExportTable::Signals => page!(signals, Id, signal),
            ExportTable::Updates => {
                let same_bot = Condition::all()
                    .add(inbox::Column::Bot.eq(after.bot))
                    .add(inbox::Column::UpdateId.gt(after.number));
                inbox::Entity::find()
                    .filter(Condition::any().add(inbox::Column::Bot.gt(after.bot)).add(same_bot))
                    .order_by_asc(inbox::Column::Bot)
                    .order_by_asc(inbox::Column::UpdateId)
                    .limit(PAGE)
                    .all(self.read())
                    .await?
                    .iter()
                    .map(update)
                    .collect()
            }
            ExportTable::Ledger => ledger::page(self, after.number, PAGE).await?.iter().map(transfer).collect(),
        }
    }
}

/// Where a row stands: its number, and first of all its bot where numbers are each bot's own.
#[derive(Debug, Clone, Copy)]
struct Place {
    bot: i64,
    number: i64,
}

impl Place {
    const START: Self = Self { bot: i64::MIN, number: i64::MIN };

    const fn of(number: i64) -> Self {
        Self { bot: 0, number }
    }
}

type Row = Result<(Place, Vec<Value>), StoreError>;

/// Millionths as a decimal number.
fn amount(micros: i64) -> Value {
    json!(engine_core::money::Usd::from_micros(micros).to_f64())
}

fn maybe_amount(micros: Option<i64>) -> Value {
    micros.map_or(Value::Null, amount)
}

fn at(table: &'static str, millis: i64) -> Result<Value, StoreError> {
    Ok(json!(time(table, millis)?.to_rfc3339_opts(SecondsFormat::Millis, true)))
}

fn maybe_at(table: &'static str, millis: Option<i64>) -> Result<Value, StoreError> {
    millis.map_or(Ok(Value::Null), |millis| at(table, millis))
}

fn position(row: &positions::Model) -> Row {
    let shares = engine_core::money::Shares::from_micros(row.shares_bought_micros);
    let price = super::convert::usd(row.stake_micros).per_share(shares);
    Ok((
        Place::of(row.id),
        vec![
            json!(row.id),
            json!(row.book),
            json!(row.source),
            json!(row.market_id),
            json!(row.condition_id),
            json!(row.token_id),
            json!(row.outcome),
            amount(row.shares_bought_micros),
            price.map_or(Value::Null, |price| amount(price.micros())),
            amount(row.stake_micros),
            amount(row.fee_micros),
            json!(row.status),
            amount(row.realized_pnl_micros),
            at("positions", row.opened_ms)?,
            maybe_at("positions", row.closed_ms)?,
            json!(row.signal_id),
            json!(row.trader),
        ],
    ))
}

fn fill(row: &fills::Model) -> Row {
    let levels: Vec<Value> =
        levels(&row.levels)?.iter().map(|level| json!([level.price.to_f64(), level.shares.to_f64()])).collect();
    Ok((
        Place::of(row.id),
        vec![
            json!(row.id),
            json!(row.position_id),
            json!(row.book),
            json!(row.token_id),
            json!(row.side),
            amount(row.shares_micros),
            amount(row.vwap_micros),
            amount(row.notional_micros),
            amount(row.fee_micros),
            json!(row.fee_rate),
            json!(row.mid),
            json!(row.book_hash),
            at("fills", row.book_ms)?,
            json!(levels),
            at("fills", row.decided_ms)?,
            at("fills", row.filled_ms)?,
            json!(row.filled_ms - row.decided_ms),
        ],
    ))
}

fn prediction(row: &predictions::Model) -> Row {
    Ok((
        Place::of(row.id),
        vec![
            json!(row.id),
            at("predictions", row.at_ms)?,
            json!(row.source),
            json!(row.model_version),
            json!(row.market_id),
            json!(row.condition_id),
            json!(row.model_p),
            json!(row.posterior),
            json!(row.confidence),
            maybe_amount(row.bid_micros),
            maybe_amount(row.ask_micros),
            json!(row.mid),
            json!(row.gate.as_deref().unwrap_or(PASSED_ALL)),
            json!(row.reason),
            json!(row.outcome),
            json!(row.calibrated),
        ],
    ))
}

fn transfer(row: &entities::transfers::Model) -> Row {
    Ok((
        Place::of(row.id),
        vec![
            json!(row.id),
            at("transfers", row.at_ms)?,
            json!(row.from_account),
            json!(row.to_account),
            amount(row.amount_micros),
            json!(row.kind),
            json!(row.book),
            json!(row.position_id),
        ],
    ))
}

fn signal(row: &signals::Model) -> Row {
    let by = row.decided_by.as_deref().map(|text| from_json("signals", "decided_by", text)).transpose()?;
    // A name is foreign text and may change; the number does not.
    let by = by.map(|by| match by {
        DecidedBy::Person { user_id, .. } => format!("user:{user_id}"),
        DecidedBy::Auto => "auto".to_owned(),
        DecidedBy::Timeout => "timeout".to_owned(),
    });
    Ok((
        Place::of(row.id),
        vec![
            json!(row.id),
            json!(row.source),
            json!(row.market_id),
            json!(row.condition_id),
            json!(row.token_id),
            json!(row.outcome),
            json!(row.model_p),
            json!(row.posterior),
            json!(row.confidence),
            json!(row.edge),
            json!(row.status),
            at("signals", row.created_ms)?,
            at("signals", row.expires_ms)?,
            json!(by),
            maybe_at("signals", row.decided_ms)?,
        ],
    ))
}

fn update(row: &inbox::Model) -> Row {
    Ok((
        Place { bot: row.bot, number: row.update_id },
        vec![
            json!(row.update_id),
            json!(row.kind),
            at("inbox", row.received_ms)?,
            maybe_at("inbox", row.handled_ms)?,
            json!(row.bot),
        ],
    ))
}
