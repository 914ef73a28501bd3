//! The newest decision on each market, whole: what `/why` shows.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use engine_core::gate::Gate;
use engine_core::market::{ConditionId, MarketId};
use engine_core::notice::FunnelStep;
use engine_core::signal::Decision;
use entities::latest_decisions;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{LikeExpr, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use serde::Deserialize;

use super::connect::Store;
use super::convert::{clean, count, from_json, midnight_ms, ms, to_json};
use super::error::StoreError;

const TABLE: &str = "latest_decisions";
/// Rows of one INSERT; each holds a whole decision.
const ROWS_AT_ONCE: usize = 250;
/// Words of a search that are looked at.
const MAX_WORDS: usize = 12;

/// Conditions named in one query.
const IDS_AT_ONCE: usize = 500;

/// All that is wanted of a decision where only the price counts.
#[derive(Deserialize)]
struct Seen {
    mid: Option<f64>,
}

/// A decision found, by the market it is about.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredDecision {
    /// The market.
    pub market_id: MarketId,
    /// The whole decision.
    pub decision: Decision,
}

impl Store {
    /// The newest decision on a market.
    ///
    /// # Errors
    /// When the database refuses or the row cannot be read.
    pub async fn decision_of_market(&self, market: &MarketId) -> Result<Option<Decision>, StoreError> {
        let row = latest_decisions::Entity::find_by_id(market.as_str()).one(self.read()).await?;
        row.map(|row| from_json(TABLE, "decision", &row.decision)).transpose()
    }

    /// The newest decision on the market of a condition.
    ///
    /// # Errors
    /// When the database refuses or the row cannot be read.
    pub async fn decision_of_condition(&self, condition: &ConditionId) -> Result<Option<Decision>, StoreError> {
        let query =
            latest_decisions::Entity::find().filter(latest_decisions::Column::ConditionId.eq(condition.as_str()));
        Ok(self.newest(query, 1).await?.pop().map(|found| found.decision))
    }

    /// Newest decisions on the markets a person may mean by `query`: a market's number, a condition, a link or path of
    /// its page, or words of its question (all must occur).
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn find_decisions(&self, query: &str, limit: u64) -> Result<Vec<StoredDecision>, StoreError> {
        let query = query.trim();
        if query.is_empty() {
            return Ok(Vec::new());
        }
        let exact = latest_decisions::Entity::find().filter(
            latest_decisions::Column::MarketId
                .eq(query)
                .or(latest_decisions::Column::ConditionId.eq(query.to_lowercase())),
        );
        let found = self.newest(exact, limit).await?;
        if !found.is_empty() {
            return Ok(found);
        }
        if let Some(path) = path_of(query) {
            let below = latest_decisions::Column::Path
                .eq(path)
                .or(latest_decisions::Column::Path.like(LikeExpr::new(format!("{}/%", escaped(path))).escape('\\')));
            // The last part of a link names the market even where its group is written differently.
            let last = path.rsplit('/').next().unwrap_or(path);
            let ending =
                latest_decisions::Column::Path.like(LikeExpr::new(format!("%/{}", escaped(last))).escape('\\'));
            return self.newest(latest_decisions::Entity::find().filter(below.or(ending)), limit).await;
        }
        let mut by_words = latest_decisions::Entity::find();
        for word in query.to_lowercase().split_whitespace().take(MAX_WORDS) {
            by_words = by_words.filter(
                latest_decisions::Column::QuestionLower
                    .like(LikeExpr::new(format!("%{}%", escaped(word))).escape('\\')),
            );
        }
        self.newest(by_words, limit).await
    }

    /// The last midpoints of Yes of these conditions, as far as a decision on them is kept.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn last_mids(&self, conditions: &[ConditionId]) -> Result<BTreeMap<ConditionId, f64>, StoreError> {
        let mut mids = BTreeMap::new();
        for some in conditions.chunks(IDS_AT_ONCE) {
            let rows = latest_decisions::Entity::find()
                .filter(latest_decisions::Column::ConditionId.is_in(some.iter().map(ConditionId::as_str)))
                .order_by_asc(latest_decisions::Column::AtMs)
                .all(self.read())
                .await?;
            for row in rows {
                let seen: Seen = from_json(TABLE, "decision", &row.decision)?;
                mids.extend(seen.mid.map(|mid| (ConditionId::new(row.condition_id), mid)));
            }
        }
        Ok(mids)
    }

    /// Today's funnel (UTC) over distinct markets, each counted where its newest decision left it. Markets whose
    /// decisions are not kept are not in it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn funnel_today(&self, now: DateTime<Utc>) -> Result<Vec<FunnelStep>, StoreError> {
        let query = "SELECT COALESCE(gate, '') AS gate, COUNT(*) AS n FROM latest_decisions WHERE at_ms >= $1 \
                     GROUP BY COALESCE(gate, '')";
        let rows = self.read().query_all_raw(self.sql(query, [midnight_ms(now).into()])).await?;
        let mut stopped = BTreeMap::new();
        for row in rows {
            let gate: String = row.try_get("", "gate")?;
            stopped.insert(gate, count(row.try_get("", "n")?));
        }
        let mut entered: u64 = stopped.values().sum();
        // Gates of copied trades are left out while they stop nothing.
        let shown = |gate: &Gate| !gate.is_for_copies() || stopped.contains_key(gate.as_str());
        Ok(Gate::ALL
            .into_iter()
            .filter(shown)
            .map(|gate| {
                let passed = entered - stopped.get(gate.as_str()).copied().unwrap_or(0);
                let step = FunnelStep { gate: gate.as_str().to_owned(), entered, passed };
                entered = passed;
                step
            })
            .collect())
    }

    async fn newest(
        &self,
        query: Select<latest_decisions::Entity>,
        limit: u64,
    ) -> Result<Vec<StoredDecision>, StoreError> {
        let rows = query
            .order_by_desc(latest_decisions::Column::AtMs)
            .order_by_asc(latest_decisions::Column::MarketId)
            .limit(limit)
            .all(self.read())
            .await?;
        rows.into_iter()
            .map(|row| {
                Ok(StoredDecision {
                    decision: from_json(TABLE, "decision", &row.decision)?,
                    market_id: MarketId::new(row.market_id),
                })
            })
            .collect()
    }
}

/// Keeps these decisions as the newest of their markets.
pub(super) async fn upsert<C: ConnectionTrait>(db: &C, mut kept: Vec<&Decision>) -> Result<(), StoreError> {
    kept.sort_by(|a, b| a.market_id.cmp(&b.market_id));
    kept.dedup_by(|a, b| a.market_id == b.market_id);
    for chunk in kept.chunks(ROWS_AT_ONCE) {
        let rows = chunk.iter().map(|decision| to_row(decision)).collect::<Result<Vec<_>, _>>()?;
        let replace = OnConflict::column(latest_decisions::Column::MarketId)
            .update_columns([
                latest_decisions::Column::ConditionId,
                latest_decisions::Column::Question,
                latest_decisions::Column::QuestionLower,
                latest_decisions::Column::Path,
                latest_decisions::Column::AtMs,
                latest_decisions::Column::Gate,
                latest_decisions::Column::Scored,
                latest_decisions::Column::Decision,
            ])
            .to_owned();
        latest_decisions::Entity::insert_many(rows).on_conflict(replace).exec_without_returning(db).await?;
    }
    Ok(())
}

fn to_row(decision: &Decision) -> Result<latest_decisions::ActiveModel, StoreError> {
    Ok(latest_decisions::ActiveModel {
        market_id: Set(decision.market_id.as_str().to_owned()),
        condition_id: Set(decision.condition_id.as_str().to_owned()),
        question: Set(clean(&decision.question)),
        question_lower: Set(clean(&decision.question).to_lowercase()),
        path: Set(clean(&decision.path)),
        at_ms: Set(ms(decision.at)),
        gate: Set(decision.final_gate().map(|gate| gate.as_str().to_owned())),
        scored: Set(decision.is_scored()),
        decision: Set(to_json(decision)?),
    })
}

/// The path of a link to a page of the venue (`event/<group>/<market>`), or of something that looks like one.
fn path_of(query: &str) -> Option<&str> {
    if query.contains(char::is_whitespace) {
        return None;
    }
    let without_host = match query.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path),
        None => query.split_once("polymarket.com/").map_or(query, |(_, path)| path),
    };
    let path = without_host.split(['?', '#']).next().unwrap_or("").trim_matches('/');
    path.contains('/').then_some(path)
}

/// `%` and `_` of a person's words taken literally.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

#[cfg(test)]
mod tests {
    use super::path_of;

    #[test]
    fn links_become_paths() {
        let table = [
            ("https://polymarket.com/event/a/b?tid=1", Some("event/a/b")),
            ("polymarket.com/event/a/", Some("event/a")),
            ("event/a/b#x", Some("event/a/b")),
            ("bitcoin", None),
            ("will a/b happen", None),
            ("https://polymarket.com", None),
        ];
        for (query, path) in table {
            assert_eq!(path_of(query), path, "{query}");
        }
    }
}
