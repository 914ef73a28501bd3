//! Forgetting what nobody needs any more, so that a year of running does not fill the disk.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use engine_core::copy::feed::{OVERLAP, SWEEP_BACK};
use sea_orm::{ConnectionTrait, Value};

use super::connect::{Place, Store};
use super::convert::ms;
use super::error::StoreError;
use super::queries::{changed, placeholders};

/// Rows of one DELETE: short transactions, so that a bet never waits long.
const ROWS_AT_ONCE: i64 = 5_000;
/// Numbers named in one DELETE.
const IDS_AT_ONCE: usize = 1_000;

/// For how many days things are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Logged forecasts that never got an outcome. Those with one are the proof and never all deleted.
    pub unresolved_prediction_days: u32,
    /// Every resolved forecast. Those that resolved earlier are thinned to those that scores count: of each market the first in each span
    /// of [`thin_to`](Self::thin_to).
    pub every_resolved_prediction_days: u32,
    /// The span that scores count one forecast of.
    pub thin_to: Duration,
    /// Scans, and the newest decision on markets no longer looked at and without a logged forecast (the log needs their
    /// question when it becomes training data).
    pub scan_days: u32,
    /// Candidates of scans, which other thresholds are tried on.
    pub candidate_days: u32,
    /// Handled updates, sent and failed messages, used or expired button tokens.
    pub message_days: u32,
    /// What followed traders did, once acted on and read through; what came of it is kept as proof.
    pub activity_days: u32,
}

/// How many rows were deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Deleted {
    /// Logged forecasts.
    pub predictions: u64,
    /// Scans and newest decisions.
    pub scans: u64,
    /// Scans' candidates, by scan.
    pub candidates: u64,
    /// Updates, messages and tokens.
    pub messages: u64,
    /// Activity of followed traders.
    pub activity: u64,
}

impl Store {
    /// Deletes what is older than its time. Bets, the ledger, signals and forecasts that scores count are never deleted,
    /// nor is the newest update of a bot.
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
        deleted.predictions += self.thin(before(keep.every_resolved_prediction_days), keep.thin_to).await?;
        let scans = before(keep.scan_days);
        deleted.scans += self.delete("scans", "id", "ended_ms < $1", scans).await?;
        deleted.candidates += self.delete("candidates", "id", "at_ms < $1", before(keep.candidate_days)).await?;
        let forgotten = "at_ms < $1 AND NOT EXISTS (SELECT 1 FROM predictions p WHERE p.condition_id = \
                         latest_decisions.condition_id)";
        deleted.scans += self.delete("latest_decisions", "market_id", forgotten, scans).await?;
        let messages = before(keep.message_days);
        let handled =
            "handled_ms < $1 AND update_id < (SELECT MAX(update_id) FROM inbox newest WHERE newest.bot = inbox.bot)";
        deleted.messages += self.delete("inbox", "(bot, update_id)", handled, messages).await?;
        deleted.messages +=
            self.delete("outbox", "id", "status IN ('sent', 'failed') AND sent_ms < $1", messages).await?;
        deleted.messages += self.delete("actions", "token", "expires_ms < $1", messages).await?;
        // What may be read again must still be known, or it would count as new.
        let back = OVERLAP.max(SWEEP_BACK).num_milliseconds();
        let done = format!(
            "handled_ms < $1 AND NOT EXISTS (SELECT 1 FROM copy_cursors c WHERE c.wallet = copy_activity.wallet \
             AND copy_activity.at_ms >= c.read_through_ms - {back})"
        );
        deleted.activity += self.delete("copy_activity", "id", &done, before(keep.activity_days)).await?;
        if matches!(self.place, Place::Sqlite(_)) {
            self.connection().execute_unprepared("PRAGMA incremental_vacuum").await?;
        }
        Ok(deleted)
    }

    /// Deletes the forecasts that resolved before a time and that no score counts: not the first of their market, source
    /// and span. Those we bet on stay: a model is trained on them. Found by a reader, so that the sort holds up no bet.
    async fn thin(&self, before_ms: i64, span: Duration) -> Result<u64, StoreError> {
        let span_ms = i64::try_from(span.as_millis()).unwrap_or(i64::MAX).max(1);
        let uncounted = "SELECT id FROM (SELECT id, gate, ROW_NUMBER() OVER (PARTITION BY source, market_id, at_ms / $2 \
                         ORDER BY id) AS place FROM predictions WHERE outcome IS NOT NULL AND mid IS NOT NULL AND \
                         resolved_ms < $1) AS placed WHERE place > 1 AND gate IS NOT NULL";
        let rows = self.read().query_all_raw(self.sql(uncounted, [before_ms.into(), span_ms.into()])).await?;
        let ids: Vec<i64> = rows.iter().map(|row| row.try_get("", "id")).collect::<Result<_, _>>()?;
        let mut all = 0;
        for some in ids.chunks(IDS_AT_ONCE) {
            let statement = format!("DELETE FROM predictions WHERE id IN ({})", placeholders(1, some.len()));
            all += changed(self.connection(), self.sql(&statement, some.iter().map(|id| Value::from(*id)))).await?;
        }
        Ok(all)
    }

    async fn delete(&self, table: &str, key: &str, old: &str, before_ms: i64) -> Result<u64, StoreError> {
        let columns = key.trim_matches(['(', ')']);
        let statement = format!(
            "DELETE FROM {table} WHERE {key} IN (SELECT {columns} FROM {table} WHERE {old} LIMIT {ROWS_AT_ONCE})"
        );
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
