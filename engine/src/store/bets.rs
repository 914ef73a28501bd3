//! Placing bets inside a transaction: everything that makes a bet, or nothing.

use engine_core::fill::Fill;
use engine_core::market::Side;
use engine_core::money::Usd;
use engine_core::notice::PlacedBet;
use engine_core::paper::accounting;
use engine_core::position::Position;
use engine_core::prediction::SignalSource;
use engine_core::signal::Decision;
use engine_core::strategy::{BookId, BookMode};
use entities::{feature_snapshots, positions, signals};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, ExprTrait, QueryFilter, QueryOrder};
use thiserror::Error;

use super::connect::Store;
use super::error::StoreError;
use super::{books, ledger, positions as position_rows};

/// A bet to be placed: the fill says what was bought and for how much.
#[derive(Debug, Clone, PartialEq)]
pub struct NewBet {
    /// Whose bet.
    pub book: BookId,
    /// The paper fill.
    pub fill: Fill,
    /// The copied trader's wallet.
    pub trader: Option<String>,
}

/// Why a bet was not placed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The book has less free cash than the stake with its fee.
    #[error("${needed} needed with the fee, ${free} free")]
    NotEnoughCash {
        /// Free cash.
        free: Usd,
        /// Stake and fee.
        needed: Usd,
    },
    /// The book already holds a position in this market.
    #[error("already holds this market")]
    OpenInMarket,
    /// The book already holds a position in this event.
    #[error("already holds a market of this event")]
    OpenInGroup,
    /// The book is paused.
    #[error("the book is paused")]
    Paused,
    /// There is no such book.
    #[error("there is no such book")]
    UnknownBook,
    /// The fill buys nothing, or the decision names nothing to buy.
    #[error("nothing was bought")]
    NothingBought,
}

/// Places one bet in the caller's transaction. A refusal leaves the transaction as it was, and usable.
pub(super) async fn place(
    store: &Store,
    tx: &DatabaseTransaction,
    signal_id: i64,
    decision: &Decision,
    bet: &NewBet,
) -> Result<Result<PlacedBet, Refusal>, StoreError> {
    let fill = &bet.fill;
    let position = accounting::open_position(decision, &bet.book, fill, Some(signal_id));
    let Some(position) = position.filter(|_| {
        fill.side == Side::Buy && fill.shares.is_positive() && fill.notional.is_positive() && fill.fee >= Usd::ZERO
    }) else {
        return Ok(Err(Refusal::NothingBought));
    };
    let position = Position { trader: bet.trader.clone(), ..position };
    if let Some(refusal) = refusal(store, tx, &position).await? {
        return Ok(Err(refusal));
    }
    let position = position_rows::insert(tx, &position, decision.category.as_deref()).await?;
    position_rows::insert_fill(tx, &position, fill).await?;
    let transfers = accounting::open_transfers(position.id, &bet.book, fill, fill.filled_at);
    ledger::insert(tx, &transfers).await?;
    copy_features(store, tx, signal_id, position.id).await?;
    Ok(Ok(PlacedBet { position, fill: bet.fill.clone() }))
}

/// Asks again, with the book locked, what the plan asked before: nobody can bet in between.
async fn refusal(store: &Store, tx: &DatabaseTransaction, position: &Position) -> Result<Option<Refusal>, StoreError> {
    match books::lock(tx, &position.book).await? {
        None => return Ok(Some(Refusal::UnknownBook)),
        Some(BookMode::Paused) => return Ok(Some(Refusal::Paused)),
        Some(BookMode::Approve | BookMode::Auto) => {}
    }
    let open = positions::Entity::find()
        .filter(positions::Column::Book.eq(position.book.as_str()))
        .filter(positions::Column::Status.eq("open"))
        .filter(
            positions::Column::ConditionId
                .eq(position.condition_id.as_str())
                .or(positions::Column::GroupId.eq(position.group_id.as_str())),
        )
        .all(tx)
        .await?;
    if open.iter().any(|row| row.condition_id == position.condition_id.as_str()) {
        return Ok(Some(Refusal::OpenInMarket));
    }
    let copied = |source: &str| source == SignalSource::CopyTrade.as_str();
    if !copied(position.source.as_str()) && open.iter().any(|row| !copied(&row.source)) {
        return Ok(Some(Refusal::OpenInGroup));
    }
    let free = ledger::free_cash(store, tx, &position.book).await?;
    let needed = position.cost.saturating_add(position.fee);
    Ok((needed > free).then_some(Refusal::NotEnoughCash { free, needed }))
}

/// Keeps the numbers the signal was based on with the bet as well.
async fn copy_features(
    store: &Store,
    tx: &DatabaseTransaction,
    signal_id: i64,
    position_id: i64,
) -> Result<(), StoreError> {
    let copy = "INSERT INTO feature_snapshots (signal_id, position_id, version, features, at_ms) \
                SELECT signal_id, $1, version, features, at_ms FROM feature_snapshots \
                WHERE signal_id = $2 AND position_id IS NULL";
    tx.execute_raw(store.sql(copy, [position_id.into(), signal_id.into()])).await?;
    Ok(())
}

/// Writes a signal's own snapshot of features.
pub(super) async fn insert_features(
    tx: &DatabaseTransaction,
    signal: &signals::Model,
    version: u32,
    features: &[f64],
) -> Result<(), StoreError> {
    let row = feature_snapshots::ActiveModel {
        id: NotSet,
        signal_id: Set(signal.id),
        position_id: Set(None),
        version: Set(i32::try_from(version).unwrap_or(i32::MAX)),
        features: Set(super::convert::to_json(&features)?),
        at_ms: Set(signal.created_ms),
    };
    feature_snapshots::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// The bets made on a signal, with the fills that opened them.
pub(super) async fn of_signal<C: ConnectionTrait>(db: &C, signal_id: i64) -> Result<Vec<PlacedBet>, StoreError> {
    let rows = positions::Entity::find()
        .filter(positions::Column::SignalId.eq(signal_id))
        .order_by_asc(positions::Column::Id)
        .all(db)
        .await?;
    let mut bets = Vec::with_capacity(rows.len());
    for row in rows {
        let position = position_rows::from_row(row)?;
        if let Some(fill) = position_rows::fills_of(db, position.id).await?.into_iter().next() {
            bets.push(PlacedBet { position, fill });
        }
    }
    Ok(bets)
}
