//! What followed traders did: each row once, with how far was read, in one transaction.

use chrono::{DateTime, TimeDelta, Utc};
use engine_core::copy::activity::{Activity, Wallet};
use engine_core::copy::feed::newcomers;
use entities::copy_activity;
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::connect::Store;
use super::convert::{count, from_json, maybe_time, ms, time, to_json};
use super::error::StoreError;
use super::queries::{changed, placeholders};

const TABLE: &str = "copy_activity";
/// Rows of one INSERT or one UPDATE.
const ROWS_AT_ONCE: usize = 500;
/// A row seen this long after the look before it came while nobody was looking: its lag is ours, not the feed's.
const WATCHED_WITHIN: TimeDelta = TimeDelta::minutes(5);

/// A span of activity that was read in full.
#[derive(Debug, Clone)]
pub struct ReadSpan {
    /// Whose.
    pub wallet: Wallet,
    /// When the follow began for which it was read: a span of an earlier follow counts for nothing.
    pub since: DateTime<Utc>,
    /// All rows of the span.
    pub rows: Vec<Activity>,
    /// What counts as read now.
    pub read_through: DateTime<Utc>,
    /// When a reading that goes far back ended with this span; `None` when it was none.
    pub swept_at: Option<DateTime<Utc>>,
    /// When we had last looked before; `None` when not since the start.
    pub looked_before: Option<DateTime<Utc>>,
    /// When the rows were there.
    pub seen_at: DateTime<Utc>,
}

/// A row of activity as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenActivity {
    /// Its number, in the order of arrival.
    pub id: i64,
    /// The row.
    pub activity: Activity,
    /// When we had it.
    pub seen_at: DateTime<Utc>,
    /// When we had looked before that and it was not there; `None` when not since the start.
    pub looked_before: Option<DateTime<Utc>>,
}

impl SeenActivity {
    /// From the trader's time to ours.
    #[must_use]
    pub fn lag(&self) -> TimeDelta {
        self.seen_at - self.activity.at
    }
}

/// How late the feed is: from the trader's time to ours.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct FeedLag {
    /// Rows counted: those that came while we were looking.
    pub rows: u64,
    /// Rows that came while nobody was looking, not counted.
    pub missed: u64,
    /// Half of the rows were quicker, in seconds.
    pub median_secs: f64,
    /// Of a hundred, 99 were quicker, in seconds.
    pub p99_secs: f64,
    /// The slowest, in seconds.
    pub max_secs: f64,
}

impl Store {
    /// Keeps the rows of a span that are new and moves the wallet's cursor, both or neither. Gives the new rows in the
    /// order of time; `None` when the wallet is not followed any more, and nothing was kept.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn record_span(&self, span: &ReadSpan) -> Result<Option<Vec<SeenActivity>>, StoreError> {
        let tx = self.begin().await?;
        // First, for its lock: two that read one wallet must not both find a row new.
        let advance = "UPDATE copy_cursors SET \
                       read_through_ms = CASE WHEN read_through_ms < $1 THEN $1 ELSE read_through_ms END, \
                       swept_ms = COALESCE($2, swept_ms), failing_since_ms = NULL, error = NULL \
                       WHERE wallet = $3 AND since_ms = $4 AND EXISTS \
                       (SELECT 1 FROM copy_follows f WHERE f.wallet = $3 AND f.standing <> 'ended')";
        let values = [
            ms(span.read_through).into(),
            span.swept_at.map(ms).into(),
            span.wallet.as_str().into(),
            ms(span.since).into(),
        ];
        if changed(&tx, self.sql(advance, values)).await? == 0 {
            return Ok(None);
        }
        let fresh = newcomers(&known(&tx, span).await?, span.rows.clone());
        let mut kept = Vec::with_capacity(fresh.len());
        for chunk in fresh.chunks(ROWS_AT_ONCE) {
            kept.extend(insert(&tx, span, chunk).await?);
        }
        tx.commit().await?;
        kept.sort_by_key(|row| row.id);
        Ok(Some(kept))
    }

    /// True when a span holds a row that is not kept yet. Looks without holding up any writer.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn has_news(&self, span: &ReadSpan) -> Result<bool, StoreError> {
        if span.rows.is_empty() {
            return Ok(false);
        }
        Ok(!newcomers(&known(self.read(), span).await?, span.rows.clone()).is_empty())
    }

    /// Rows nobody acted on yet, in the order of arrival, at most `limit`.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn unhandled_activity(&self, limit: u64) -> Result<Vec<SeenActivity>, StoreError> {
        let rows = copy_activity::Entity::find()
            .filter(copy_activity::Column::HandledMs.is_null())
            .order_by_asc(copy_activity::Column::Id)
            .limit(limit)
            .all(self.read())
            .await?;
        rows.iter().map(from_row).collect()
    }

    /// What a wallet did from `since` on, in the order of time.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn activity_of(&self, wallet: &Wallet, since: DateTime<Utc>) -> Result<Vec<SeenActivity>, StoreError> {
        let rows = copy_activity::Entity::find()
            .filter(copy_activity::Column::Wallet.eq(wallet.as_str()))
            .filter(copy_activity::Column::AtMs.gte(ms(since)))
            .order_by_asc(copy_activity::Column::AtMs)
            .order_by_asc(copy_activity::Column::Id)
            .all(self.read())
            .await?;
        rows.iter().map(from_row).collect()
    }

    /// How late the feed was for rows seen from `since` on.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn feed_lag(&self, since: DateTime<Utc>) -> Result<FeedLag, StoreError> {
        let query = "SELECT seen_ms - at_ms AS lag, looked_before_ms IS NOT NULL AND \
                     seen_ms - looked_before_ms <= $2 AS watched FROM copy_activity WHERE seen_ms >= $1 ORDER BY 1";
        let within = WATCHED_WITHIN.num_milliseconds();
        let rows = self.read().query_all_raw(self.sql(query, [ms(since).into(), within.into()])).await?;
        let mut lags: Vec<i64> = Vec::with_capacity(rows.len());
        for row in &rows {
            if row.try_get::<bool>("", "watched")? {
                lags.push(row.try_get("", "lag")?);
            }
        }
        #[allow(clippy::cast_precision_loss)] // milliseconds
        let at = |percent: usize| {
            let place = (lags.len() * percent).div_ceil(100).saturating_sub(1);
            lags.get(place).map_or(0.0, |lag| *lag as f64 / 1e3)
        };
        let counted = count(i64::try_from(lags.len()).unwrap_or(i64::MAX));
        let all = count(i64::try_from(rows.len()).unwrap_or(i64::MAX));
        Ok(FeedLag { rows: counted, missed: all - counted, median_secs: at(50), p99_secs: at(99), max_secs: at(100) })
    }
}

/// Notes that rows were acted on. The caller's transaction holds what was done.
pub(super) async fn mark_handled(
    store: &Store,
    tx: &DatabaseTransaction,
    ids: &[i64],
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let mut all = 0;
    for some in ids.chunks(ROWS_AT_ONCE) {
        let update = format!(
            "UPDATE copy_activity SET handled_ms = $1 WHERE handled_ms IS NULL AND id IN ({})",
            placeholders(2, some.len())
        );
        let values = std::iter::once(ms(now).into()).chain(some.iter().map(|id| (*id).into()));
        all += changed(tx, store.sql(&update, values)).await?;
    }
    Ok(all)
}

/// Rows kept of the time of a span: all rows of a transaction share its second.
async fn known<C: ConnectionTrait>(db: &C, span: &ReadSpan) -> Result<Vec<Activity>, StoreError> {
    let times = || span.rows.iter().map(|row| ms(row.at));
    let (Some(from), Some(to)) = (times().min(), times().max()) else { return Ok(Vec::new()) };
    let rows = copy_activity::Entity::find()
        .filter(copy_activity::Column::Wallet.eq(span.wallet.as_str()))
        .filter(copy_activity::Column::AtMs.between(from, to))
        .all(db)
        .await?;
    rows.iter().map(|row| Ok(from_row(row)?.activity)).collect()
}

async fn insert(tx: &DatabaseTransaction, span: &ReadSpan, rows: &[Activity]) -> Result<Vec<SeenActivity>, StoreError> {
    let mut models = Vec::with_capacity(rows.len());
    for row in rows {
        models.push(copy_activity::ActiveModel {
            id: NotSet,
            wallet: Set(span.wallet.as_str().to_owned()),
            transaction_hash: Set(row.id.transaction.clone()),
            subject: Set(row.id.subject.clone()),
            log: Set(row.id.log.into()),
            at_ms: Set(ms(row.at)),
            seen_ms: Set(ms(span.seen_at)),
            looked_before_ms: Set(span.looked_before.map(ms)),
            body: Set(to_json(row)?),
            handled_ms: Set(None),
        });
    }
    let kept = copy_activity::Entity::insert_many(models).exec_with_returning(tx).await?;
    kept.iter().map(from_row).collect()
}

fn from_row(row: &copy_activity::Model) -> Result<SeenActivity, StoreError> {
    Ok(SeenActivity {
        id: row.id,
        activity: from_json(TABLE, "body", &row.body)?,
        seen_at: time(TABLE, row.seen_ms)?,
        looked_before: maybe_time(TABLE, row.looked_before_ms)?,
    })
}
