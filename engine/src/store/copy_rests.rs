//! Sales that follow a trader's and could not be made yet, or not wholly. None is lost, and none is made twice.

use chrono::{DateTime, Utc};
use engine_core::copy::activity::Wallet;
use engine_core::money::Shares;
use entities::copy_rests;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, DatabaseTransaction, EntityTrait, QueryOrder};

use super::connect::Store;
use super::convert::{maybe_time, ms, time};
use super::copy_follows::parse_wallet;
use super::error::StoreError;

const TABLE: &str = "copy_rests";

/// Shares of a copy that are to be sold because the trader sold.
#[derive(Debug, Clone, PartialEq)]
pub struct Rest {
    /// Of which position.
    pub position_id: i64,
    /// Whose sale is followed.
    pub wallet: Wallet,
    /// Shares still to be sold.
    pub shares: Shares,
    /// The share of his position the trader disposed of last, 0–1.
    pub fraction: f64,
    /// When he acted last.
    pub acted_at: DateTime<Utc>,
    /// Since when a sale is owed.
    pub since: DateTime<Utc>,
    /// When it was tried last.
    pub tried_at: DateTime<Utc>,
    /// When the owner was told that it could not be made.
    pub told_at: Option<DateTime<Utc>>,
}

impl Store {
    /// Sales that are owed, of open positions, oldest first.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn copy_rests(&self) -> Result<Vec<Rest>, StoreError> {
        let open = sea_orm::sea_query::Expr::cust(
            "EXISTS (SELECT 1 FROM positions p WHERE p.id = copy_rests.position_id AND p.status = 'open')",
        );
        use sea_orm::QueryFilter;
        let rows = copy_rests::Entity::find()
            .filter(open)
            .order_by_asc(copy_rests::Column::SinceMs)
            .order_by_asc(copy_rests::Column::PositionId)
            .all(self.read())
            .await?;
        rows.iter().map(from_row).collect()
    }
}

/// What is owed of a position.
pub(super) async fn of<C: ConnectionTrait>(db: &C, position_id: i64) -> Result<Option<Rest>, StoreError> {
    copy_rests::Entity::find_by_id(position_id).one(db).await?.as_ref().map(from_row).transpose()
}

/// Notes what is owed of a position now; nothing when no share is.
pub(super) async fn write(tx: &DatabaseTransaction, rest: &Rest) -> Result<(), StoreError> {
    if !rest.shares.is_positive() {
        return forget(tx, rest.position_id).await;
    }
    let row = copy_rests::ActiveModel {
        position_id: Set(rest.position_id),
        wallet: Set(rest.wallet.as_str().to_owned()),
        shares_micros: Set(rest.shares.micros()),
        fraction: Set(rest.fraction),
        acted_ms: Set(ms(rest.acted_at)),
        since_ms: Set(ms(rest.since)),
        tried_ms: Set(ms(rest.tried_at)),
        told_ms: Set(rest.told_at.map(ms)),
    };
    let newest = OnConflict::column(copy_rests::Column::PositionId)
        .update_columns([
            copy_rests::Column::SharesMicros,
            copy_rests::Column::Fraction,
            copy_rests::Column::ActedMs,
            copy_rests::Column::TriedMs,
            copy_rests::Column::ToldMs,
        ])
        .to_owned();
    copy_rests::Entity::insert(row).on_conflict(newest).exec_without_returning(tx).await?;
    Ok(())
}

/// Nothing is owed of a position any more.
pub(super) async fn forget(tx: &DatabaseTransaction, position_id: i64) -> Result<(), StoreError> {
    copy_rests::Entity::delete_by_id(position_id).exec(tx).await?;
    Ok(())
}

fn from_row(row: &copy_rests::Model) -> Result<Rest, StoreError> {
    Ok(Rest {
        position_id: row.position_id,
        wallet: parse_wallet(TABLE, &row.wallet)?,
        shares: Shares::from_micros(row.shares_micros),
        fraction: row.fraction,
        acted_at: time(TABLE, row.acted_ms)?,
        since: time(TABLE, row.since_ms)?,
        tried_at: time(TABLE, row.tried_ms)?,
        told_at: maybe_time(TABLE, row.told_ms)?,
    })
}
