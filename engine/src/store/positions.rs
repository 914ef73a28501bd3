//! Positions and their fills: reading, and writing inside the transactions of others.

use chrono::{DateTime, Utc};
use engine_core::book::Level;
use engine_core::fill::Fill;
use engine_core::market::{ConditionId, MarketGroupId, MarketId, OutcomeToken};
use engine_core::money::{Price, Shares};
use engine_core::notice::WinLoss;
use engine_core::position::{Position, PositionStatus};
use engine_core::strategy::BookId;
use entities::{fills, positions};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::connect::Store;
use super::convert::{
    clean, count, from_json, maybe_time, ms, outcome, side, small_count, source, time, to_json, usd, word,
};
use super::error::StoreError;
use super::queries::number;

const TABLE: &str = "positions";
const FILLS: &str = "fills";

/// Which positions are wanted. The default wants all.
#[derive(Debug, Clone, Default)]
pub struct PositionFilter {
    /// Only of this book.
    pub book: Option<BookId>,
    /// Only in this state.
    pub status: Option<PositionStatus>,
    /// Only those that ended at or after this time.
    pub ended_since: Option<DateTime<Utc>>,
    /// Only those that ended before this time.
    pub ended_before: Option<DateTime<Utc>>,
    /// Only of this condition.
    pub condition: Option<ConditionId>,
    /// At most so many.
    pub limit: Option<u64>,
}

impl Store {
    /// Positions by number, newest last.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn positions(&self, filter: &PositionFilter) -> Result<Vec<Position>, StoreError> {
        let mut query = positions::Entity::find().order_by_asc(positions::Column::Id);
        if let Some(book) = &filter.book {
            query = query.filter(positions::Column::Book.eq(book.as_str()));
        }
        if let Some(status) = filter.status {
            query = query.filter(positions::Column::Status.eq(status.as_str()));
        }
        if let Some(since) = filter.ended_since {
            query = query.filter(positions::Column::ClosedMs.gte(ms(since)));
        }
        if let Some(before) = filter.ended_before {
            query = query.filter(positions::Column::ClosedMs.lt(ms(before)));
        }
        if let Some(condition) = &filter.condition {
            query = query.filter(positions::Column::ConditionId.eq(condition.as_str()));
        }
        query.limit(filter.limit).all(self.read()).await?.into_iter().map(from_row).collect()
    }

    /// Positions that hold shares, oldest first.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn open_positions(&self) -> Result<Vec<Position>, StoreError> {
        let open = PositionFilter { status: Some(PositionStatus::Open), ..PositionFilter::default() };
        self.positions(&open).await
    }

    /// One position.
    ///
    /// # Errors
    /// When the database refuses or the row cannot be read.
    pub async fn position(&self, id: i64) -> Result<Option<Position>, StoreError> {
        let row = positions::Entity::find_by_id(id).one(self.read()).await?;
        row.map(from_row).transpose()
    }

    /// Fills of a position, the one that opened it first.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn fills_of(&self, position_id: i64) -> Result<Vec<Fill>, StoreError> {
        fills_of(self.read(), position_id).await
    }

    /// How many positions were opened at or after `since`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn bets_opened_since(&self, since: DateTime<Utc>) -> Result<u64, StoreError> {
        let query = "SELECT COUNT(*) AS n FROM positions WHERE opened_ms >= $1";
        Ok(count(number(self.read(), self.sql(query, [ms(since).into()])).await?))
    }

    /// Wins and losses of a book.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn record_of(&self, book: &BookId) -> Result<WinLoss, StoreError> {
        record_of(self, self.read(), book).await
    }
}

pub(crate) async fn fills_of<C: ConnectionTrait>(db: &C, position_id: i64) -> Result<Vec<Fill>, StoreError> {
    fills::Entity::find()
        .filter(fills::Column::PositionId.eq(position_id))
        .order_by_asc(fills::Column::Id)
        .all(db)
        .await?
        .into_iter()
        .map(fill_from_row)
        .collect()
}

pub(crate) async fn record_of<C: ConnectionTrait>(store: &Store, db: &C, book: &BookId) -> Result<WinLoss, StoreError> {
    let query = "SELECT COALESCE(SUM(CASE WHEN realized_pnl_micros > 0 THEN 1 ELSE 0 END), 0) AS wins, \
                 COUNT(*) AS n FROM positions WHERE book = $1 AND status <> 'open'";
    let Some(row) = db.query_one_raw(store.sql(query, [book.as_str().into()])).await? else {
        return Ok(WinLoss::default());
    };
    let (wins, ended): (i64, i64) = (row.try_get("", "wins")?, row.try_get("", "n")?);
    Ok(WinLoss { wins: small_count(wins), losses: small_count(ended - wins) })
}

/// Reads a position that is about to be changed, and keeps other transactions off it until this one ends.
pub(crate) async fn lock(tx: &DatabaseTransaction, id: i64) -> Result<Option<Position>, StoreError> {
    let row = positions::Entity::find_by_id(id).lock_exclusive().one(tx).await?;
    row.map(from_row).transpose()
}

/// Adds a position and gives it its number.
pub(crate) async fn insert<C: ConnectionTrait>(
    db: &C,
    position: &Position,
    category: Option<&str>,
) -> Result<Position, StoreError> {
    let row = positions::ActiveModel {
        id: NotSet,
        book: Set(position.book.as_str().to_owned()),
        source: Set(position.source.as_str().to_owned()),
        market_id: Set(position.market_id.as_str().to_owned()),
        condition_id: Set(position.condition_id.as_str().to_owned()),
        group_id: Set(position.group_id.as_str().to_owned()),
        category: Set(category.map(clean)),
        question: Set(clean(&position.question)),
        path: Set(clean(&position.path)),
        token_id: Set(position.token.as_str().to_owned()),
        outcome: Set(position.outcome.as_str().to_owned()),
        outcome_label: Set(clean(&position.outcome_label)),
        shares_micros: Set(position.shares.micros()),
        shares_bought_micros: Set(position.shares_bought.micros()),
        cost_micros: Set(position.cost.micros()),
        stake_micros: Set(position.stake.micros()),
        fee_micros: Set(position.fee.micros()),
        status: Set(position.status.as_str().to_owned()),
        realized_pnl_micros: Set(position.realized_pnl.micros()),
        opened_ms: Set(ms(position.opened_at)),
        closed_ms: Set(position.closed_at.map(ms)),
        end_ms: Set(position.end_at.map(ms)),
        signal_id: Set(position.signal_id),
        trader: Set(position.trader.clone()),
    };
    let id = positions::Entity::insert(row).exec(db).await?.last_insert_id;
    Ok(Position { id, ..position.clone() })
}

/// Writes what a sale or settlement changes of a position. The caller has locked it.
pub(crate) async fn update<C: ConnectionTrait>(db: &C, position: &Position) -> Result<(), StoreError> {
    let row = positions::ActiveModel {
        id: Set(position.id),
        shares_micros: Set(position.shares.micros()),
        shares_bought_micros: Set(position.shares_bought.micros()),
        cost_micros: Set(position.cost.micros()),
        stake_micros: Set(position.stake.micros()),
        fee_micros: Set(position.fee.micros()),
        status: Set(position.status.as_str().to_owned()),
        realized_pnl_micros: Set(position.realized_pnl.micros()),
        closed_ms: Set(position.closed_at.map(ms)),
        ..Default::default()
    };
    positions::Entity::update(row).exec_without_returning(db).await?;
    Ok(())
}

/// Adds a fill.
pub(crate) async fn insert_fill<C: ConnectionTrait>(
    db: &C,
    position: &Position,
    fill: &Fill,
) -> Result<(), StoreError> {
    let levels: Vec<[i64; 2]> = fill.levels.iter().map(|level| [level.price.micros(), level.shares.micros()]).collect();
    let row = fills::ActiveModel {
        id: NotSet,
        position_id: Set(position.id),
        book: Set(position.book.as_str().to_owned()),
        token_id: Set(fill.token.as_str().to_owned()),
        side: Set(fill.side.as_str().to_owned()),
        shares_micros: Set(fill.shares.micros()),
        vwap_micros: Set(fill.vwap.micros()),
        notional_micros: Set(fill.notional.micros()),
        fee_micros: Set(fill.fee.micros()),
        fee_rate: Set(fill.fee_rate),
        fee_formula: Set(fill.fee_formula.clone()),
        mid: Set(fill.mid),
        book_hash: Set(fill.book_hash.clone()),
        book_ms: Set(ms(fill.book_at)),
        levels: Set(to_json(&levels)?),
        decided_ms: Set(ms(fill.decided_at)),
        filled_ms: Set(ms(fill.filled_at)),
    };
    fills::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

pub(crate) fn from_row(row: positions::Model) -> Result<Position, StoreError> {
    Ok(Position {
        id: row.id,
        book: BookId::new(row.book),
        source: source(TABLE, &row.source)?,
        market_id: MarketId::new(row.market_id),
        condition_id: ConditionId::new(row.condition_id),
        group_id: MarketGroupId::new(row.group_id),
        question: row.question,
        path: row.path,
        token: OutcomeToken::new(row.token_id),
        outcome: outcome(TABLE, &row.outcome)?,
        outcome_label: row.outcome_label,
        shares: Shares::from_micros(row.shares_micros),
        shares_bought: Shares::from_micros(row.shares_bought_micros),
        cost: usd(row.cost_micros),
        stake: usd(row.stake_micros),
        fee: usd(row.fee_micros),
        status: word(TABLE, "status", &row.status, PositionStatus::parse)?,
        realized_pnl: usd(row.realized_pnl_micros),
        opened_at: time(TABLE, row.opened_ms)?,
        closed_at: maybe_time(TABLE, row.closed_ms)?,
        end_at: maybe_time(TABLE, row.end_ms)?,
        signal_id: row.signal_id,
        trader: row.trader,
    })
}

fn fill_from_row(row: fills::Model) -> Result<Fill, StoreError> {
    Ok(Fill {
        levels: levels(&row.levels)?,
        token: OutcomeToken::new(row.token_id),
        side: side(FILLS, &row.side)?,
        shares: Shares::from_micros(row.shares_micros),
        vwap: Price::from_micros(row.vwap_micros),
        notional: usd(row.notional_micros),
        fee: usd(row.fee_micros),
        fee_rate: row.fee_rate,
        fee_formula: row.fee_formula,
        mid: row.mid,
        book_hash: row.book_hash,
        book_at: time(FILLS, row.book_ms)?,
        decided_at: time(FILLS, row.decided_ms)?,
        filled_at: time(FILLS, row.filled_ms)?,
    })
}

/// Levels of a fill as stored.
pub(crate) fn levels(text: &str) -> Result<Vec<Level>, StoreError> {
    let pairs: Vec<[i64; 2]> = from_json(FILLS, "levels", text)?;
    Ok(pairs
        .into_iter()
        .map(|[price, shares]| Level { price: Price::from_micros(price), shares: Shares::from_micros(shares) })
        .collect())
}
