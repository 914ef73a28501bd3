//! The ledger: transfers are added, never changed, and every balance is a fold over them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use engine_core::ledger::{Transfer, TransferKind};
use engine_core::money::Usd;
use engine_core::strategy::BookId;
use entities::transfers;
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::connect::Store;
use super::convert::{ms, time, usd, word};
use super::error::StoreError;
use super::queries::number;

const TABLE: &str = "transfers";
/// Rows of one INSERT, well below the parameter limits of both databases.
const ROWS_AT_ONCE: usize = 500;

/// Sums of one book's accounts over some transfers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BookSums {
    /// Free cash.
    pub cash: Usd,
    /// Cost basis of open positions.
    pub invested: Usd,
    /// Bankroll put in.
    pub capital: Usd,
    /// Fees paid.
    pub fees: Usd,
    /// Realised profit after fees.
    pub pnl: Usd,
}

/// What a book was worth at one moment, positions at cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EquityPoint {
    /// When it changed.
    pub at: DateTime<Utc>,
    /// Cash and cost basis together.
    pub equity: Usd,
    /// Realised profit after fees up to then.
    pub pnl: Usd,
}

impl Store {
    /// All transfers, or those of one book, in order.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn transfers(&self, book: Option<&BookId>) -> Result<Vec<Transfer>, StoreError> {
        let mut query = transfers::Entity::find().order_by_asc(transfers::Column::Id);
        if let Some(book) = book {
            query = query.filter(transfers::Column::Book.eq(book.as_str()));
        }
        query.all(self.read()).await?.iter().map(from_row).collect()
    }

    /// Sum over all accounts: zero, whatever happened. A fold over every account, not a shortcut over the amounts.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn ledger_total(&self) -> Result<Usd, StoreError> {
        let all = self.transfers(None).await?;
        Ok(all.iter().collect::<engine_core::ledger::Ledger>().total())
    }

    /// Sums per book over the transfers from `since` on; over all of them without it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn book_sums(&self, since: Option<DateTime<Utc>>) -> Result<BTreeMap<BookId, BookSums>, StoreError> {
        let from_ms = since.map_or(i64::MIN, ms);
        // Two legs of one transfer: minus on the account it leaves, plus on the one it reaches.
        let query = "SELECT book, account, CAST(SUM(amount) AS BIGINT) AS n FROM ( \
                     SELECT book, substr(to_account, 1, 4) AS account, amount_micros AS amount \
                     FROM transfers WHERE at_ms >= $1 \
                     UNION ALL \
                     SELECT book, substr(from_account, 1, 4) AS account, -amount_micros AS amount \
                     FROM transfers WHERE at_ms >= $1) legs GROUP BY book, account";
        let mut sums: BTreeMap<BookId, BookSums> = BTreeMap::new();
        for row in self.read().query_all_raw(self.sql(query, [from_ms.into()])).await? {
            let book: String = row.try_get("", "book")?;
            let account: String = row.try_get("", "account")?;
            let amount = usd(row.try_get("", "n")?);
            let entry = sums.entry(BookId::new(book)).or_default();
            match account.as_str() {
                "cash" => entry.cash += amount,
                "cost" => entry.invested += amount,
                "capi" => entry.capital -= amount,
                "fees" => {
                    entry.fees += amount;
                    entry.pnl -= amount;
                }
                "pnl:" => entry.pnl -= amount,
                other => return Err(super::convert::corrupt(TABLE, "account", other)),
            }
        }
        Ok(sums)
    }

    /// Worth of a book (or of all together) after each transfer that changed it, oldest first; several changes of one
    /// moment make one point.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn equity_series(&self, book: Option<&BookId>) -> Result<Vec<EquityPoint>, StoreError> {
        Ok(equity(&self.transfers(book).await?))
    }
}

/// Worth over time as a fold over transfers.
pub(crate) fn equity(all: &[Transfer]) -> Vec<EquityPoint> {
    let (mut equity, mut pnl) = (Usd::ZERO, Usd::ZERO);
    let mut points: Vec<EquityPoint> = Vec::new();
    for transfer in all {
        let before = equity;
        match transfer.kind {
            TransferKind::Fund => equity += transfer.amount,
            TransferKind::Profit => {
                equity += transfer.amount;
                pnl += transfer.amount;
            }
            TransferKind::Loss | TransferKind::Fee => {
                equity -= transfer.amount;
                pnl -= transfer.amount;
            }
            TransferKind::Buy | TransferKind::Return => {}
        }
        if equity == before {
            continue;
        }
        let point = EquityPoint { at: transfer.at, equity, pnl };
        match points.last_mut() {
            Some(last) if last.at == transfer.at => *last = point,
            Some(_) | None => points.push(point),
        }
    }
    points
}

/// Adds transfers inside the caller's transaction.
pub(crate) async fn insert<C: ConnectionTrait>(db: &C, all: &[Transfer]) -> Result<(), StoreError> {
    for chunk in all.chunks(ROWS_AT_ONCE) {
        let rows = chunk.iter().map(|transfer| transfers::ActiveModel {
            id: NotSet,
            at_ms: Set(ms(transfer.at)),
            from_account: Set(transfer.from.to_string()),
            to_account: Set(transfer.to.to_string()),
            amount_micros: Set(transfer.amount.micros()),
            kind: Set(transfer.kind.as_str().to_owned()),
            book: Set(transfer.book.as_str().to_owned()),
            position_id: Set(transfer.position_id),
        });
        transfers::Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Free cash of a book as the caller's transaction sees it.
pub(crate) async fn free_cash<C: ConnectionTrait>(store: &Store, db: &C, book: &BookId) -> Result<Usd, StoreError> {
    let query = "SELECT CAST(COALESCE(SUM(CASE WHEN to_account = $1 THEN amount_micros ELSE 0 END) \
                 - SUM(CASE WHEN from_account = $1 THEN amount_micros ELSE 0 END), 0) AS BIGINT) AS n \
                 FROM transfers WHERE book = $2";
    let account = engine_core::ledger::Account::Cash(book.clone()).to_string();
    let micros = number(db, store.sql(query, [account.into(), book.as_str().into()])).await?;
    Ok(usd(micros))
}

fn from_row(row: &transfers::Model) -> Result<Transfer, StoreError> {
    let account = |text: &str| {
        text.parse().map_err(|error: engine_core::ledger::UnknownAccount| {
            super::convert::corrupt(TABLE, "account", &error.to_string())
        })
    };
    Ok(Transfer {
        at: time(TABLE, row.at_ms)?,
        from: account(&row.from_account)?,
        to: account(&row.to_account)?,
        amount: usd(row.amount_micros),
        kind: word(TABLE, "kind", &row.kind, TransferKind::parse)?,
        book: BookId::new(row.book.clone()),
        position_id: row.position_id,
    })
}

/// One page of rows for the export.
pub(crate) async fn page(store: &Store, after: i64, limit: u64) -> Result<Vec<transfers::Model>, StoreError> {
    Ok(transfers::Entity::find()
        .filter(transfers::Column::Id.gt(after))
        .order_by_asc(transfers::Column::Id)
        .limit(limit)
        .all(store.read())
        .await?)
}
