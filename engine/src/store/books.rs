//! Books: isolated bankrolls, their modes, and what a plan must know of them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use engine_core::market::{ConditionId, MarketGroupId};
use engine_core::money::Usd;
use engine_core::paper::accounting;
use engine_core::strategy::{BookId, BookMode};
use entities::{books, positions};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::connect::Store;
use super::convert::{midnight_ms, mode, ms, small_count, usd};
use super::error::StoreError;
use super::ledger;
use super::queries::number;

/// A book with its balances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookRow {
    /// The book.
    pub book: BookId,
    /// How it handles signals.
    pub mode: BookMode,
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

/// What a plan must know of a book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookState {
    /// The book.
    pub book: BookId,
    /// How it handles signals.
    pub mode: BookMode,
    /// Free cash.
    pub cash: Usd,
    /// Groups with an open position.
    pub open_groups: BTreeSet<MarketGroupId>,
    /// Conditions with an open position.
    pub open_conditions: BTreeSet<ConditionId>,
    /// Positions opened since midnight UTC.
    pub bets_today: u32,
    /// Cost basis held per condition.
    pub by_market: BTreeMap<ConditionId, Usd>,
    /// Cost basis held per group.
    pub by_group: BTreeMap<MarketGroupId, Usd>,
    /// Cost basis held per category.
    pub by_category: BTreeMap<String, Usd>,
}

impl Store {
    /// Makes a book with its bankroll, in approve mode, unless it exists. True when it was made.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn ensure_book(&self, book: &BookId, bankroll: Usd, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let tx = self.begin().await?;
        let row = books::ActiveModel {
            name: Set(book.as_str().to_owned()),
            mode: Set(BookMode::Approve.as_str().to_owned()),
            created_ms: Set(ms(now)),
        };
        let made = books::Entity::insert(row)
            .on_conflict(OnConflict::column(books::Column::Name).do_nothing().to_owned())
            .exec_without_returning(&tx)
            .await?
            > 0;
        if made && bankroll.is_positive() {
            ledger::insert(&tx, &[accounting::fund(book, bankroll, now)]).await?;
        }
        tx.commit().await?;
        Ok(made)
    }

    /// All books with their balances, by name.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn books(&self) -> Result<Vec<BookRow>, StoreError> {
        let sums = self.book_sums(None).await?;
        let rows = books::Entity::find().order_by_asc(books::Column::Name).all(self.read()).await?;
        rows.into_iter()
            .map(|row| {
                let book = BookId::new(row.name);
                let sum = sums.get(&book).copied().unwrap_or_default();
                Ok(BookRow {
                    mode: mode(&row.mode)?,
                    cash: sum.cash,
                    invested: sum.invested,
                    capital: sum.capital,
                    fees: sum.fees,
                    pnl: sum.pnl,
                    book,
                })
            })
            .collect()
    }

    /// Sets the mode of one book, or of all. Gives the number of books whose mode is now so.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn set_mode(&self, book: Option<&BookId>, mode: BookMode) -> Result<u64, StoreError> {
        use sea_orm::sea_query::Expr;
        let tx = self.begin().await?;
        let mut update = books::Entity::update_many().col_expr(books::Column::Mode, Expr::value(mode.as_str()));
        if let Some(book) = book {
            update = update.filter(books::Column::Name.eq(book.as_str()));
        }
        let changed = update.exec(&tx).await?.rows_affected;
        tx.commit().await?;
        Ok(changed)
    }

    /// What plans must know of each book, by name.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn book_states(&self, now: DateTime<Utc>) -> Result<Vec<BookState>, StoreError> {
        let bets_today = self.bets_since(midnight_ms(now)).await?;
        let mut states: BTreeMap<BookId, BookState> = BTreeMap::new();
        for row in self.books().await? {
            let bets_today = bets_today.get(&row.book).copied().unwrap_or(0);
            let state = BookState::empty(row.book.clone(), row.mode, row.cash, bets_today);
            states.insert(row.book, state);
        }
        let open = positions::Entity::find()
            .filter(positions::Column::Status.eq("open"))
            .order_by_asc(positions::Column::Id)
            .all(self.read())
            .await?;
        for row in open {
            if let Some(state) = states.get_mut(&BookId::new(row.book.clone())) {
                state.add(row);
            }
        }
        Ok(states.into_values().collect())
    }

    /// What plans must know of one book; `None` when there is no such book. Asks for no other book, so that a copy does not
    /// wait for sums over all of them.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn book_state(&self, book: &BookId, now: DateTime<Utc>) -> Result<Option<BookState>, StoreError> {
        let Some(row) = books::Entity::find_by_id(book.as_str()).one(self.read()).await? else {
            return Ok(None);
        };
        let cash = ledger::free_cash(self, self.read(), book).await?;
        let today = "SELECT COUNT(*) AS n FROM positions WHERE book = $1 AND opened_ms >= $2";
        let values = [book.as_str().into(), midnight_ms(now).into()];
        let bets_today = small_count(number(self.read(), self.sql(today, values)).await?);
        let mut state = BookState::empty(book.clone(), mode(&row.mode)?, cash, bets_today);
        let open = positions::Entity::find()
            .filter(positions::Column::Status.eq("open"))
            .filter(positions::Column::Book.eq(book.as_str()))
            .order_by_asc(positions::Column::Id);
        open.all(self.read()).await?.into_iter().for_each(|row| state.add(row));
        Ok(Some(state))
    }

    async fn bets_since(&self, from_ms: i64) -> Result<BTreeMap<BookId, u32>, StoreError> {
        let query = "SELECT book, COUNT(*) AS n FROM positions WHERE opened_ms >= $1 GROUP BY book";
        let rows = self.read().query_all_raw(self.sql(query, [from_ms.into()])).await?;
        rows.iter()
            .map(|row| {
                let book: String = row.try_get("", "book")?;
                let n: i64 = row.try_get("", "n")?;
                Ok((BookId::new(book), small_count(n)))
            })
            .collect()
    }
}

impl BookState {
    const fn empty(book: BookId, mode: BookMode, cash: Usd, bets_today: u32) -> Self {
        Self {
            book,
            mode,
            cash,
            bets_today,
            open_groups: BTreeSet::new(),
            open_conditions: BTreeSet::new(),
            by_market: BTreeMap::new(),
            by_group: BTreeMap::new(),
            by_category: BTreeMap::new(),
        }
    }

    fn add(&mut self, row: positions::Model) {
        let (condition, group) = (ConditionId::new(row.condition_id), MarketGroupId::new(row.group_id));
        let cost = usd(row.cost_micros);
        *self.by_market.entry(condition.clone()).or_default() += cost;
        *self.by_group.entry(group.clone()).or_default() += cost;
        if let Some(category) = row.category {
            *self.by_category.entry(category).or_default() += cost;
        }
        self.open_conditions.insert(condition);
        self.open_groups.insert(group);
    }
}

/// Reads a book's mode and, on PostgreSQL, keeps other transactions from betting with it until this one ends (on SQLite
/// the write lock already does). `None` when there is no such book.
pub(crate) async fn lock(tx: &DatabaseTransaction, book: &BookId) -> Result<Option<BookMode>, StoreError> {
    let row = books::Entity::find_by_id(book.as_str()).lock_exclusive().one(tx).await?;
    row.map(|row| mode(&row.mode)).transpose()
}
