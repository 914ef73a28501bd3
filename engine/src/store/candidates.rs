//! Candidates of scans: what other thresholds are tried on.

use chrono::{DateTime, Utc};
use engine_core::tuning::{LoggedCandidate, LoggedScan};
use entities::candidates;
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use super::connect::Store;
use super::convert::{from_json, ms, time, to_json};
use super::error::StoreError;

const TABLE: &str = "candidates";

impl Store {
    /// Scans since a time with their candidates, oldest first.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn candidates_since(&self, since: DateTime<Utc>) -> Result<Vec<LoggedScan>, StoreError> {
        let rows = candidates::Entity::find()
            .filter(candidates::Column::AtMs.gte(ms(since)))
            .order_by_asc(candidates::Column::AtMs)
            .order_by_asc(candidates::Column::Id)
            .all(self.read())
            .await?;
        // Decoding a month of scans is work for a thread of its own.
        tokio::task::spawn_blocking(move || rows.iter().map(from_row).collect())
            .await
            .map_err(|error| StoreError::Invalid(format!("reading the candidates was cut short: {error}")))?
    }
}

/// Adds a scan's candidates inside the caller's transaction.
pub(super) async fn insert<C: ConnectionTrait>(
    db: &C,
    at: DateTime<Utc>,
    all: &[LoggedCandidate],
) -> Result<(), StoreError> {
    let row = candidates::ActiveModel { id: NotSet, at_ms: Set(ms(at)), body: Set(to_json(&all)?) };
    candidates::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

fn from_row(row: &candidates::Model) -> Result<LoggedScan, StoreError> {
    Ok(LoggedScan { at: time(TABLE, row.at_ms)?, candidates: from_json(TABLE, "body", &row.body)? })
}
