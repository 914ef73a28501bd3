//! Forgetting what nobody needs any more, so that a year of running does not fill the disk.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, Value};

use super::connect::{Place, Store};
use super::convert::ms;
use super::error::StoreError;
use super::queries::changed;

/// Rows of one DELETE: short transactions, so that a bet never waits long.
const ROWS_AT_ONCE: i64 = 5_000;

/// For how many days things are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Logged forecasts that never got an outcome. Those with one are kept for ever: they are the proof.
    pub unresolved_prediction_days: u32,
    /// Scans, and the newest decision on markets no longer looked at and without a logged forecast (the log needs their
    /// question when it becomes training data).
    pub scan_days: u32,
    /// Handled updates, sent and failed messages, used or expired button tokens.
    pub message_days: u32,
}

impl Retention {
    /// The same span for everything, in whole days, at least one.
    #[must_use]
    pub fn all(span: Duration) -> Self {
        let days = u32::try_from(span.as_secs() / 86_400).unwrap_or(u32::MAX).max(1);
        Self { unresolved_prediction_days: days, scan_days: days, message_days: days }
    }
}

impl Default for Retention {
    fn default() -> Self {
        Self { unresolved_prediction_days: 180, scan_days: 90, message_days: 30 }
    }
}

/// How many rows were deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Deleted {
    /// Logged forecasts.
    pub predictions: u64,
    /// Scans and newest decisions.
    pub scans: u64,
    /// Updates, messages and tokens.
    pub messages: u64,
}

impl Store {
    /// Deletes what is older than its time. Bets, the ledger, signals and resolved forecasts are never deleted, nor
    /// is the newest update.
    ///
    /// # Errors
    /// When the database refuses; what was deleted until then stays deleted.
    pub async fn delete_old(&self, now: DateTime<Utc>, keep: &Retention) -> Result<Deleted, StoreError> {
        let before = |days: u32| ms(now - TimeDelta::days(i64::from(days)));
        let mut deleted = Deleted {
            predictions: self
                .delete("predictions", "id", "outcome IS NULL AND at_ms < $1", before(keep.unresolved_prediction_days))
                .await?,
            ..Deleted::default()
        };
        let scans = before(keep.scan_days);
        deleted.scans += self.delete("scans", "id", "ended_ms < $1", scans).await?;
        let forgotten = "at_ms < $1 AND NOT EXISTS (SELECT 1 FROM predictions p WHERE p.condition_id = \
                         latest_decisions.condition_id)";
        deleted.scans += self.delete("latest_decisions", "market_id", forgotten, scans).await?;
        let messages = before(keep.message_days);
        let handled = "handled_ms < $1 AND update_id < (SELECT MAX(update_id) FROM inbox)";
        deleted.messages += self.delete("inbox", "update_id", handled, messages).await?;
        deleted.messages +=
            self.delete("outbox", "id", "status IN ('sent', 'failed') AND sent_ms < $1", messages).await?;
        deleted.messages += self.delete("actions", "token", "expires_ms < $1", messages).await?;
        if matches!(self.place, Place::Sqlite(_)) {
            self.connection().execute_unprepared("PRAGMA incremental_vacuum").await?;
        }
        Ok(deleted)
    }

    async fn delete(&self, table: &str, key: &str, old: &str, before_ms: i64) -> Result<u64, StoreError> {
        let statement =
            format!("DELETE FROM {table} WHERE {key} IN (SELECT {key} FROM {table} WHERE {old} LIMIT {ROWS_AT_ONCE})");
        let mut all = 0;
        loop {
            let tx = self.begin().await?;
            let rows = changed(&tx, self.sql(&statement, [Value::from(before_ms)])).await?;
            tx.commit().await?;
            all += rows;
            if rows < ROWS_AT_ONCE.unsigned_abs() {
                return Ok(all);
            }
        }
    }
}
