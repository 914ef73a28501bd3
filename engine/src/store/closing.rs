//! Selling a position, wholly or in part.

use chrono::{DateTime, Utc};
use engine_core::fill::Fill;
use engine_core::market::Side;
use engine_core::paper::accounting::{self, Reduction};
use engine_core::position::{Position, PositionStatus};
use sea_orm::DatabaseTransaction;

use super::connect::Store;
use super::error::StoreError;
use super::outbox::{self, NewOutbox};
use super::{ledger, positions};

/// What became of a sale.
#[derive(Debug, Clone, PartialEq)]
pub enum CloseResult {
    /// Sold.
    Done(Box<Reduction>),
    /// The position no longer holds what was to be sold; nothing was changed.
    NotOpen(Box<Position>),
    /// There is no such position.
    Unknown,
}

impl Store {
    /// Books a sale of a position's shares, with the messages `outbox` makes of it, in one transaction. A second sale of
    /// the same shares is refused.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for a fill that sells nothing of this position; else when the database refuses.
    pub async fn close_position<F>(
        &self,
        position_id: i64,
        fill: &Fill,
        at: DateTime<Utc>,
        outbox: F,
    ) -> Result<CloseResult, StoreError>
    where
        F: FnOnce(&Reduction) -> Vec<NewOutbox> + Send,
    {
        let tx = self.begin().await?;
        let result = sell(&tx, position_id, fill, at).await?;
        if let CloseResult::Done(reduction) = &result {
            outbox::insert(&tx, &outbox(reduction), at).await?;
            tx.commit().await?;
        }
        Ok(result)
    }
}

/// Books a sale inside a transaction.
///
/// # Errors
/// As [`Store::close_position`].
pub(super) async fn sell(
    tx: &DatabaseTransaction,
    position_id: i64,
    fill: &Fill,
    at: DateTime<Utc>,
) -> Result<CloseResult, StoreError> {
    let Some(position) = positions::lock(tx, position_id).await? else {
        return Ok(CloseResult::Unknown);
    };
    if fill.side != Side::Sell || !fill.shares.is_positive() || fill.token != position.token {
        return Err(StoreError::Invalid("the fill sells nothing of this position".to_owned()));
    }
    if position.status != PositionStatus::Open || fill.shares > position.shares {
        return Ok(CloseResult::NotOpen(Box::new(position)));
    }
    let reduction = accounting::reduce(&position, fill, at);
    positions::update(tx, &reduction.position).await?;
    positions::insert_fill(tx, &reduction.position, fill).await?;
    ledger::insert(tx, &reduction.transfers).await?;
    Ok(CloseResult::Done(Box::new(reduction)))
}
