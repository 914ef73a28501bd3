//! Signals as stored.

use chrono::{DateTime, Utc};
use engine_core::market::{ConditionId, MarketGroupId};
use engine_core::notice::{DecidedBy, SignalCard};
use engine_core::prediction::SignalSource;
use engine_core::signal::{Decision, SignalStatus};
use entities::{feature_snapshots, signals};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::bets;
use super::connect::Store;
use super::convert::{count, from_json, maybe_time, ms, source, time, word};
use super::error::StoreError;
use super::queries::number;

const TABLE: &str = "signals";

/// A signal as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct SignalRow {
    /// Its number.
    pub id: i64,
    /// Why it was raised.
    pub decision: Decision,
    /// State.
    pub status: SignalStatus,
    /// Half of each stake was approved.
    pub half: bool,
    /// When it was raised.
    pub created_at: DateTime<Utc>,
    /// Until when it can be decided.
    pub expires_at: DateTime<Utc>,
    /// Who decided.
    pub decided_by: Option<DecidedBy>,
    /// When.
    pub decided_at: Option<DateTime<Utc>>,
}

/// The least of a signal that tells whether another one on the same market would repeat it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignalKey {
    /// Its number.
    pub id: i64,
    /// Who forecast.
    pub source: SignalSource,
    /// The condition.
    pub condition_id: ConditionId,
    /// The market's cluster.
    pub group_id: MarketGroupId,
    /// State.
    pub status: SignalStatus,
    /// When it was raised.
    pub created_at: DateTime<Utc>,
    /// When it was decided.
    pub decided_at: Option<DateTime<Utc>>,
}

impl Store {
    /// One signal.
    ///
    /// # Errors
    /// When the database refuses or the row cannot be read.
    pub async fn signal(&self, id: i64) -> Result<Option<SignalRow>, StoreError> {
        let row = signals::Entity::find_by_id(id).one(self.read()).await?;
        row.map(from_row).transpose()
    }

    /// One signal with its bets, as its card shows it.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn signal_card(&self, id: i64) -> Result<Option<SignalCard>, StoreError> {
        let Some(row) = self.signal(id).await? else {
            return Ok(None);
        };
        let mut card = row.into_card();
        card.bets = bets::of_signal(self.read(), id).await?;
        Ok(Some(card))
    }

    /// The features a signal was based on, with their version.
    ///
    /// # Errors
    /// When the database refuses or the row cannot be read.
    pub async fn signal_features(&self, id: i64) -> Result<Option<(u32, Vec<f64>)>, StoreError> {
        let row = feature_snapshots::Entity::find()
            .filter(feature_snapshots::Column::SignalId.eq(id))
            .filter(feature_snapshots::Column::PositionId.is_null())
            .one(self.read())
            .await?;
        row.map(|row| {
            let version = u32::try_from(row.version).unwrap_or(0);
            Ok((version, from_json("feature_snapshots", "features", &row.features)?))
        })
        .transpose()
    }

    /// Signals that wait for the owner, oldest first.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn pending_signals(&self) -> Result<Vec<SignalRow>, StoreError> {
        let query = signals::Entity::find().filter(signals::Column::Status.eq(SignalStatus::Pending.as_str()));
        self.signal_rows(query).await
    }

    /// Signals that wait although their time is over.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn overdue_signals(&self, now: DateTime<Utc>) -> Result<Vec<SignalRow>, StoreError> {
        let query = signals::Entity::find()
            .filter(signals::Column::Status.eq(SignalStatus::Pending.as_str()))
            .filter(signals::Column::ExpiresMs.lte(ms(now)));
        self.signal_rows(query).await
    }

    /// All signals ever raised on a condition, oldest first.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn signals_for_condition(&self, condition: &ConditionId) -> Result<Vec<SignalRow>, StoreError> {
        let query = signals::Entity::find().filter(signals::Column::ConditionId.eq(condition.as_str()));
        self.signal_rows(query).await
    }

    /// The keys of signals that wait or were raised since then: what a scan needs to tell a repetition.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn signal_keys(&self, since: DateTime<Utc>) -> Result<Vec<SignalKey>, StoreError> {
        let query = "SELECT id, source, condition_id, group_id, status, created_ms, decided_ms FROM signals \
                     WHERE created_ms >= $1 OR status = 'pending' ORDER BY id";
        let rows = self.read().query_all_raw(self.sql(query, [ms(since).into()])).await?;
        rows.iter()
            .map(|row| {
                let text = |column: &str| row.try_get::<String>("", column);
                Ok(SignalKey {
                    id: row.try_get("", "id")?,
                    source: source(TABLE, &text("source")?)?,
                    condition_id: ConditionId::new(text("condition_id")?),
                    group_id: MarketGroupId::new(text("group_id")?),
                    status: word(TABLE, "status", &text("status")?, SignalStatus::parse)?,
                    created_at: time(TABLE, row.try_get("", "created_ms")?)?,
                    decided_at: maybe_time(TABLE, row.try_get("", "decided_ms")?)?,
                })
            })
            .collect()
    }

    /// Decided signals, newest first.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn recent_signals(&self, limit: u64) -> Result<Vec<SignalRow>, StoreError> {
        let rows = signals::Entity::find()
            .filter(signals::Column::Status.ne(SignalStatus::Pending.as_str()))
            .order_by_desc(signals::Column::Id)
            .limit(limit)
            .all(self.read())
            .await?;
        rows.into_iter().map(from_row).collect()
    }

    /// How many signals were raised at or after `since`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn signals_raised_since(&self, since: DateTime<Utc>) -> Result<u64, StoreError> {
        let query = "SELECT COUNT(*) AS n FROM signals WHERE created_ms >= $1";
        Ok(count(number(self.read(), self.sql(query, [ms(since).into()])).await?))
    }

    async fn signal_rows(&self, query: sea_orm::Select<signals::Entity>) -> Result<Vec<SignalRow>, StoreError> {
        let rows = query.order_by_asc(signals::Column::Id).all(self.read()).await?;
        rows.into_iter().map(from_row).collect()
    }
}

impl SignalRow {
    /// As its card shows it, still without bets.
    #[must_use]
    pub fn into_card(self) -> SignalCard {
        SignalCard {
            signal_id: self.id,
            decision: self.decision,
            status: self.status,
            expires_at: self.expires_at,
            decided_by: self.decided_by,
            decided_at: self.decided_at,
            bets: Vec::new(),
            half: self.half,
        }
    }
}

pub(super) fn from_row(row: signals::Model) -> Result<SignalRow, StoreError> {
    Ok(SignalRow {
        id: row.id,
        decision: from_json(TABLE, "decision", &row.decision)?,
        status: word(TABLE, "status", &row.status, SignalStatus::parse)?,
        half: row.half,
        created_at: time(TABLE, row.created_ms)?,
        expires_at: time(TABLE, row.expires_ms)?,
        decided_by: row.decided_by.map(|text| from_json(TABLE, "decided_by", &text)).transpose()?,
        decided_at: maybe_time(TABLE, row.decided_ms)?,
    })
}
