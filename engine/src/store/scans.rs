//! Scans: what was seen, and every decision worth keeping.

use chrono::{DateTime, Utc};
use engine_core::notice::ScanSummary;
use engine_core::signal::Decision;
use engine_core::tuning::LoggedScan;
use entities::scans;
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::connect::Store;
use super::convert::{from_json, ms, small_count, to_json};
use super::error::StoreError;
use super::queries::number;
use super::trials::TrialBet;
use super::{candidates, decisions, predictions, resolutions, trials};

/// Decisions of one transaction: small, so that a bet never waits long for a scan to be written.
const DECISIONS_AT_ONCE: usize = 500;

/// What a scan leaves for tuning.
#[derive(Debug, Clone, PartialEq)]
pub struct Tried {
    /// The candidates that reached the books.
    pub candidates: LoggedScan,
    /// What thresholds on trial made of them.
    pub bets: Vec<TrialBet>,
}

impl Store {
    /// Writes a scan: logs every scored decision, keeps those `keep_latest` wants as the newest of their markets, puts
    /// the scored conditions into the queue for resolution, and adds the figures with what tuning goes by. Gives the scan's number.
    ///
    /// Decisions go in by several transactions, each of whole rows; figures, candidates and bets on trial come last, in one.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn record_scan<K>(
        &self,
        started: DateTime<Utc>,
        ended: DateTime<Utc>,
        summary: &ScanSummary,
        all: &[Decision],
        tried: &Tried,
        keep_latest: K,
    ) -> Result<i64, StoreError>
    where
        K: Fn(&Decision) -> bool + Send,
    {
        for chunk in all.chunks(DECISIONS_AT_ONCE) {
            let kept = chunk.iter().filter(|decision| keep_latest(decision)).collect();
            self.record_chunk(chunk, kept, ended).await?;
        }
        let tx = self.begin().await?;
        let whole = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let row = scans::ActiveModel {
            id: NotSet,
            started_ms: Set(ms(started)),
            ended_ms: Set(ms(ended)),
            fetched: Set(whole(summary.fetched)),
            scored: Set(whole(summary.scored)),
            signals: Set(whole(summary.signals)),
            bets: Set(whole(summary.bets)),
            summary: Set(to_json(summary)?),
        };
        let id = scans::Entity::insert(row).exec(&tx).await?.last_insert_id;
        candidates::insert(&tx, tried.candidates.at, &tried.candidates.candidates).await?;
        trials::insert(&tx, &tried.bets).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Logs decisions made outside a scan (a price move, news, a copied trade): as in [`Store::record_scan`], all kept
    /// as the newest of their markets.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn record_decisions(&self, all: &[Decision], now: DateTime<Utc>) -> Result<(), StoreError> {
        for chunk in all.chunks(DECISIONS_AT_ONCE) {
            self.record_chunk(chunk, chunk.iter().collect(), now).await?;
        }
        Ok(())
    }

    async fn record_chunk(
        &self,
        chunk: &[Decision],
        kept: Vec<&Decision>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let tx = self.begin().await?;
        predictions::insert(&tx, chunk).await?;
        decisions::upsert(&tx, kept).await?;
        let scored = chunk.iter().filter(|decision| decision.is_scored());
        let awaited = scored.map(|decision| (&decision.condition_id, &decision.market_id, decision.end_at)).collect();
        resolutions::await_conditions(&tx, awaited, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Figures of the last scan.
    ///
    /// # Errors
    /// When the database refuses or the row cannot be read.
    pub async fn last_scan(&self) -> Result<Option<ScanSummary>, StoreError> {
        let row = scans::Entity::find().order_by_desc(scans::Column::Id).one(self.read()).await?;
        row.map(|row| from_json("scans", "summary", &row.summary)).transpose()
    }

    /// Figures of the scans that ended at or after `since`, oldest first.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn scans_since(&self, since: DateTime<Utc>) -> Result<Vec<ScanSummary>, StoreError> {
        let rows = scans::Entity::find()
            .filter(scans::Column::EndedMs.gte(ms(since)))
            .order_by_asc(scans::Column::Id)
            .all(self.read())
            .await?;
        rows.iter().map(|row| from_json("scans", "summary", &row.summary)).collect()
    }

    /// How many scans ended at or after `since`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn scan_count(&self, since: DateTime<Utc>) -> Result<u32, StoreError> {
        let query = "SELECT COUNT(*) AS n FROM scans WHERE ended_ms >= $1";
        Ok(small_count(number(self.read(), self.sql(query, [ms(since).into()])).await?))
    }
}
