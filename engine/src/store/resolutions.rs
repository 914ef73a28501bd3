//! Resolutions, and the fair queue of conditions that still await theirs.

use chrono::{DateTime, Utc};
use engine_core::engines::{EngineKind, Engines};
use engine_core::market::{ConditionId, MarketId};
use engine_core::money::Price;
use entities::{conditions, resolutions};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::connect::Store;
use super::convert::{clean, maybe_time, ms, time};
use super::copy_shadows;
use super::error::StoreError;
use super::queries::{changed, placeholders};
use super::scope::is_held_by;

const TABLE: &str = "conditions";
/// Rows of one INSERT, well below the parameter limits of both databases.
const ROWS_AT_ONCE: usize = 500;

/// How a condition resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution {
    /// The condition.
    pub condition_id: ConditionId,
    /// What a share of Yes pays, 0–1.
    pub payout_yes: Price,
    /// What a share of No pays, 0–1.
    pub payout_no: Price,
    /// Who said so.
    pub source: String,
    /// The venue's time of the resolution, when given.
    pub resolved_at: Option<DateTime<Utc>>,
}

impl Resolution {
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        let sound = |price: Price| price >= Price::ZERO && price <= Price::ONE;
        if sound(self.payout_yes) && sound(self.payout_no) && self.payout_yes + self.payout_no <= Price::ONE {
            return Ok(());
        }
        Err(StoreError::Invalid(format!(
            "payouts {} and {} of {} are not those of a resolution",
            self.payout_yes, self.payout_no, self.condition_id
        )))
    }
}

/// A resolution as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredResolution {
    /// The resolution.
    pub resolution: Resolution,
    /// When we recorded it.
    pub recorded_at: DateTime<Utc>,
}

/// A condition whose resolution is awaited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwaitedCondition {
    /// The condition.
    pub condition_id: ConditionId,
    /// Gamma's market id.
    pub market_id: MarketId,
    /// Published end.
    pub end_at: Option<DateTime<Utc>>,
    /// When it was last asked for; `None` for never.
    pub polled_at: Option<DateTime<Utc>>,
    /// Since when it was seen closed.
    pub closed_since: Option<DateTime<Utc>>,
    /// The oracle's status, when given.
    pub oracle_status: Option<String>,
}

impl Store {
    /// Conditions that these engines await the resolution of, those asked for longest ago first, so that ones that never
    /// resolve starve nobody: those with an open position in their books, recorded as resolved by another process or not;
    /// of those not recorded, the ones with a copy on probation for the engine that copies, and all for the engine whose
    /// forecasts they score. `ended_by` leaves out of these last the ones whose published end lies later, unless they were
    /// seen closed.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn unresolved_conditions(
        &self,
        engines: Engines,
        limit: u64,
        ended_by: Option<DateTime<Utc>>,
    ) -> Result<Vec<AwaitedCondition>, StoreError> {
        let unrecorded = || Condition::all().add(conditions::Column::ResolvedMs.is_null());
        let mut wanted = Condition::any().add(is_held_by(engines));
        if engines.run(EngineKind::Copy) {
            let on_trial = sea_orm::sea_query::Expr::cust(copy_shadows::awaited("conditions.condition_id"));
            wanted = wanted.add(unrecorded().add(on_trial));
        }
        if engines.run(EngineKind::Ml) {
            let mut all = unrecorded();
            if let Some(end) = ended_by {
                let ended = Condition::any()
                    .add(conditions::Column::EndMs.is_null())
                    .add(conditions::Column::EndMs.lte(ms(end)))
                    .add(conditions::Column::ClosedMs.is_not_null());
                all = all.add(ended);
            }
            wanted = wanted.add(all);
        }
        let rows = conditions::Entity::find()
            .filter(wanted)
            .order_by_asc(conditions::Column::PolledMs)
            .order_by_asc(conditions::Column::FirstSeenMs)
            .order_by_asc(conditions::Column::ConditionId)
            .limit(limit)
            .all(self.read())
            .await?;
        rows.into_iter().map(from_row).collect()
    }

    /// Notes that these conditions were asked for now: they go to the end of the queue.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn mark_polled(&self, asked: &[ConditionId], now: DateTime<Utc>) -> Result<(), StoreError> {
        let tx = self.begin().await?;
        for chunk in asked.chunks(ROWS_AT_ONCE) {
            let update = format!(
                "UPDATE conditions SET polled_ms = $1 WHERE condition_id IN ({})",
                placeholders(2, chunk.len())
            );
            let values = std::iter::once(ms(now).into()).chain(chunk.iter().map(|id| id.as_str().into()));
            changed(&tx, self.sql(&update, values)).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Notes that a market was seen closed without a resolution. The first time counts.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn mark_closed(
        &self,
        condition: &ConditionId,
        oracle_status: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let tx = self.begin().await?;
        let update = "UPDATE conditions SET closed_ms = COALESCE(closed_ms, $1), oracle_status = $2 \
                      WHERE condition_id = $3 AND resolved_ms IS NULL";
        let status = oracle_status.map(clean);
        changed(&tx, self.sql(update, [ms(now).into(), status.into(), condition.as_str().into()])).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Conditions of open positions of these engines that have been closed since `closed_before` or longer and of which
    /// the owner was not told yet in their chat.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn closed_unresolved(
        &self,
        engines: Engines,
        closed_before: DateTime<Utc>,
    ) -> Result<Vec<AwaitedCondition>, StoreError> {
        let alerted = match engines {
            Engines::Both | Engines::Ml => conditions::Column::AlertedMs,
            Engines::Copy => conditions::Column::CopyAlertedMs,
        };
        let rows = conditions::Entity::find()
            .filter(conditions::Column::ResolvedMs.is_null())
            .filter(alerted.is_null())
            .filter(conditions::Column::ClosedMs.lte(ms(closed_before)))
            .filter(is_held_by(engines))
            .order_by_asc(conditions::Column::ClosedMs)
            .all(self.read())
            .await?;
        rows.into_iter().map(from_row).collect()
    }

    /// Notes that the owner is told of an unresolved market, with the message itself. False when that was done before.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn mark_alerted(
        &self,
        engines: Engines,
        condition: &ConditionId,
        now: DateTime<Utc>,
        messages: &[super::NewOutbox],
    ) -> Result<bool, StoreError> {
        let tx = self.begin().await?;
        let update = match engines {
            Engines::Both | Engines::Ml => {
                "UPDATE conditions SET alerted_ms = $1 WHERE condition_id = $2 AND alerted_ms IS NULL"
            }
            Engines::Copy => {
                "UPDATE conditions SET copy_alerted_ms = $1 WHERE condition_id = $2 AND copy_alerted_ms IS NULL"
            }
        };
        let first = changed(&tx, self.sql(update, [ms(now).into(), condition.as_str().into()])).await? > 0;
        if first {
            super::outbox::insert(&tx, messages, now).await?;
            tx.commit().await?;
        }
        Ok(first)
    }

    /// Records resolutions of conditions without looking at positions: gives their forecasts an outcome. Returns the
    /// number of forecasts that changed.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for payouts outside 0–1; else when the database refuses.
    pub async fn record_resolutions(&self, all: &[Resolution], now: DateTime<Utc>) -> Result<u64, StoreError> {
        let tx = self.begin().await?;
        let mut predictions = 0;
        for resolution in all {
            resolution.check()?;
            predictions += record(self, &tx, resolution, now).await?;
        }
        tx.commit().await?;
        Ok(predictions)
    }

    /// The resolution of a condition, when known.
    ///
    /// # Errors
    /// When the database refuses or the row cannot be read.
    pub async fn resolution(&self, condition: &ConditionId) -> Result<Option<StoredResolution>, StoreError> {
        let row = resolutions::Entity::find_by_id(condition.as_str()).one(self.read()).await?;
        row.map(stored).transpose()
    }

    /// Resolutions recorded at or after `since`, in the order they were.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn resolutions_since(&self, since: DateTime<Utc>) -> Result<Vec<StoredResolution>, StoreError> {
        let rows = resolutions::Entity::find()
            .filter(resolutions::Column::RecordedMs.gte(ms(since)))
            .order_by_asc(resolutions::Column::RecordedMs)
            .order_by_asc(resolutions::Column::ConditionId)
            .all(self.read())
            .await?;
        rows.into_iter().map(stored).collect()
    }
}

fn stored(row: resolutions::Model) -> Result<StoredResolution, StoreError> {
    Ok(StoredResolution {
        recorded_at: time("resolutions", row.recorded_ms)?,
        resolution: Resolution {
            condition_id: ConditionId::new(row.condition_id),
            payout_yes: Price::from_micros(row.payout_yes_micros),
            payout_no: Price::from_micros(row.payout_no_micros),
            source: row.source,
            resolved_at: maybe_time("resolutions", row.resolved_ms)?,
        },
    })
}

/// Writes a resolution and the outcome of its forecasts.
pub(super) async fn record<C: ConnectionTrait>(
    store: &Store,
    db: &C,
    resolution: &Resolution,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let id = resolution.condition_id.as_str();
    let row = resolutions::ActiveModel {
        condition_id: Set(id.to_owned()),
        payout_yes_micros: Set(resolution.payout_yes.micros()),
        payout_no_micros: Set(resolution.payout_no.micros()),
        source: Set(resolution.source.clone()),
        resolved_ms: Set(resolution.resolved_at.map(ms)),
        recorded_ms: Set(ms(now)),
    };
    let newest_wins = OnConflict::column(resolutions::Column::ConditionId)
        .update_columns([
            resolutions::Column::PayoutYesMicros,
            resolutions::Column::PayoutNoMicros,
            resolutions::Column::Source,
            resolutions::Column::ResolvedMs,
        ])
        .to_owned();
    resolutions::Entity::insert(row).on_conflict(newest_wins).exec_without_returning(db).await?;
    let done = "UPDATE conditions SET resolved_ms = $1 WHERE condition_id = $2 AND resolved_ms IS NULL";
    changed(db, store.sql(done, [ms(now).into(), id.into()])).await?;
    let outcome = resolution.payout_yes.to_f64();
    let label = "UPDATE predictions SET outcome = $1, resolved_ms = $2 \
                 WHERE condition_id = $3 AND (outcome IS NULL OR outcome <> $1)";
    changed(db, store.sql(label, [outcome.into(), ms(now).into(), id.into()])).await
}

/// Puts conditions into the queue; a known one only has its published end renewed.
pub(super) async fn await_conditions<C: ConnectionTrait>(
    db: &C,
    mut all: Vec<(&ConditionId, &MarketId, Option<DateTime<Utc>>)>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    // One order for every writer: two that lock rows in different orders can wait for each other. And one row each: a
    // statement may not touch a row twice.
    all.sort_by(|a, b| a.0.cmp(b.0));
    all.dedup_by(|a, b| a.0 == b.0);
    for chunk in all.chunks(ROWS_AT_ONCE) {
        let rows = chunk.iter().map(|(condition, market, end)| conditions::ActiveModel {
            condition_id: Set(condition.as_str().to_owned()),
            market_id: Set(market.as_str().to_owned()),
            end_ms: Set(end.map(ms)),
            first_seen_ms: Set(ms(now)),
            polled_ms: Set(0),
            closed_ms: Set(None),
            oracle_status: Set(None),
            alerted_ms: Set(None),
            copy_alerted_ms: Set(None),
            resolved_ms: Set(None),
        });
        let renew =
            OnConflict::column(conditions::Column::ConditionId).update_column(conditions::Column::EndMs).to_owned();
        conditions::Entity::insert_many(rows).on_conflict(renew).exec_without_returning(db).await?;
    }
    Ok(())
}

fn from_row(row: conditions::Model) -> Result<AwaitedCondition, StoreError> {
    Ok(AwaitedCondition {
        condition_id: ConditionId::new(row.condition_id),
        market_id: MarketId::new(row.market_id),
        end_at: maybe_time(TABLE, row.end_ms)?,
        polled_at: if row.polled_ms == 0 { None } else { Some(time(TABLE, row.polled_ms)?) },
        closed_since: maybe_time(TABLE, row.closed_ms)?,
        oracle_status: row.oracle_status,
    })
}
