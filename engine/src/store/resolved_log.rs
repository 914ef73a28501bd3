//! What the log saw of markets that have resolved, for training: quotes over time, our own bets, the resolution.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use engine_core::market::{ConditionId, Outcome, Side};
use engine_core::money::Price;
use engine_core::signal::Decision;
use entities::{conditions, fills, latest_decisions, positions, predictions, resolutions, signals};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::connect::Store;
use super::convert::{from_json, maybe_time, outcome, time};
use super::error::StoreError;
use super::queries::placeholders;
use super::resolutions::Resolution;

/// Quotes of a market are taken once in a span of this length: the pace at which a history is asked for.
const ONE_QUOTE_PER_MS: i64 = 3_600_000;

/// A quote of Yes that the bot saw.
#[derive(Debug, Clone, PartialEq)]
pub struct SeenQuote {
    /// When.
    pub at: DateTime<Utc>,
    /// Midpoint of Yes.
    pub mid: f64,
    /// Best bid of Yes.
    pub bid: Option<Price>,
    /// Best ask of Yes.
    pub ask: Option<Price>,
    /// At this quote a bet was decided on. Whether it was won, lost or sold early does not show here.
    pub own_bet: bool,
}

/// A resolved market with everything the bot saw of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedLog {
    /// How it resolved; the only source of its outcome.
    pub resolution: Resolution,
    /// When it was seen closed, else when its resolution was said or recorded.
    pub closed_at: DateTime<Utc>,
    /// Gamma's market id.
    pub market_id: String,
    /// The question; `None` when it is no longer known.
    pub question: Option<String>,
    /// The market's cluster.
    pub group_id: String,
    /// Category, when known.
    pub category: Option<String>,
    /// Published end, as last seen.
    pub end_at: Option<DateTime<Utc>>,
    /// Quotes in order of time; several of one moment are possible.
    pub quotes: Vec<SeenQuote>,
}

impl ResolvedLog {
    fn new(row: resolutions::Model, closed_ms: Option<i64>) -> Result<Self, StoreError> {
        let closed = closed_ms.or(row.resolved_ms).unwrap_or(row.recorded_ms);
        Ok(Self {
            closed_at: time("resolutions", closed)?,
            resolution: Resolution {
                condition_id: ConditionId::new(row.condition_id),
                payout_yes: Price::from_micros(row.payout_yes_micros),
                payout_no: Price::from_micros(row.payout_no_micros),
                source: row.source,
                resolved_at: maybe_time("resolutions", row.resolved_ms)?,
            },
            market_id: String::new(),
            question: None,
            group_id: String::new(),
            category: None,
            end_at: None,
            quotes: Vec::new(),
        })
    }

    fn describe(&mut self, market_id: String, group_id: String, category: Option<String>) {
        self.market_id = market_id;
        self.group_id = group_id;
        self.category = category.or_else(|| self.category.take());
    }
}

impl Store {
    /// Resolved conditions after `after` in the order of their ids, at most `limit`, with what was logged of them. One
    /// that was neither forecast nor bet on has no quotes.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn resolved_log(&self, after: Option<&ConditionId>, limit: u64) -> Result<Vec<ResolvedLog>, StoreError> {
        let rows = resolutions::Entity::find()
            .filter(resolutions::Column::ConditionId.gt(after.map_or("", ConditionId::as_str)))
            .order_by_asc(resolutions::Column::ConditionId)
            .limit(limit)
            .all(self.read())
            .await?;
        let ids: Vec<String> = rows.iter().map(|row| row.condition_id.clone()).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let closed = conditions::Entity::find().filter(conditions::Column::ConditionId.is_in(&ids));
        let closed: BTreeMap<String, Option<i64>> =
            closed.all(self.read()).await?.into_iter().map(|row| (row.condition_id, row.closed_ms)).collect();
        let mut logs = BTreeMap::new();
        for row in rows {
            let closed_ms = closed.get(&row.condition_id).copied().flatten();
            logs.insert(row.condition_id.clone(), ResolvedLog::new(row, closed_ms)?);
        }
        self.add_questions(&ids, &mut logs).await?;
        self.add_bets(&ids, &mut logs).await?;
        self.add_forecasts(&ids, &mut logs).await?;
        let mut logs: Vec<ResolvedLog> = logs.into_values().collect();
        for log in &mut logs {
            log.quotes.sort_by_key(|quote| (quote.at, quote.own_bet));
        }
        Ok(logs)
    }

    async fn add_questions(&self, ids: &[String], logs: &mut BTreeMap<String, ResolvedLog>) -> Result<(), StoreError> {
        let query = latest_decisions::Entity::find().filter(latest_decisions::Column::ConditionId.is_in(ids));
        for row in query.all(self.read()).await? {
            if let Some(log) = logs.get_mut(&row.condition_id) {
                log.question = Some(row.question);
            }
        }
        Ok(())
    }

    async fn add_forecasts(&self, ids: &[String], logs: &mut BTreeMap<String, ResolvedLog>) -> Result<(), StoreError> {
        let list = placeholders(2, ids.len());
        let statement = format!(
            "SELECT * FROM predictions WHERE id IN (SELECT MIN(id) FROM predictions WHERE mid IS NOT NULL AND \
             condition_id IN ({list}) GROUP BY condition_id, at_ms / $1) ORDER BY at_ms, id"
        );
        let values = std::iter::once(ONE_QUOTE_PER_MS.into()).chain(ids.iter().map(|id| id.as_str().into()));
        let rows = predictions::Entity::find().from_raw_sql(self.sql(&statement, values)).all(self.read()).await?;
        for row in rows {
            let Some((log, mid)) = logs.get_mut(&row.condition_id).zip(row.mid) else { continue };
            log.quotes.push(SeenQuote {
                at: time("predictions", row.at_ms)?,
                mid,
                bid: row.bid_micros.map(Price::from_micros),
                ask: row.ask_micros.map(Price::from_micros),
                own_bet: false,
            });
            log.describe(row.market_id, row.group_id, row.category);
            log.end_at = maybe_time("predictions", row.end_ms)?;
        }
        Ok(())
    }

    async fn add_bets(&self, ids: &[String], logs: &mut BTreeMap<String, ResolvedLog>) -> Result<(), StoreError> {
        let bets = positions::Entity::find().filter(positions::Column::ConditionId.is_in(ids));
        let bets = bets.order_by_asc(positions::Column::Id).all(self.read()).await?;
        let signal_ids: Vec<i64> = bets.iter().filter_map(|bet| bet.signal_id).collect();
        let found = signals::Entity::find().filter(signals::Column::Id.is_in(signal_ids)).all(self.read()).await?;
        let signals: BTreeMap<i64, String> = found.into_iter().map(|row| (row.id, row.decision)).collect();
        let unsignalled: Vec<i64> = bets.iter().filter(|bet| bet.signal_id.is_none()).map(|bet| bet.id).collect();
        let first_buys = self.first_buys(unsignalled).await?;
        for bet in bets {
            let quote = match bet.signal_id.and_then(|id| signals.get(&id)) {
                Some(decision) => quote_of(&from_json::<Decision>("signals", "decision", decision)?),
                None => first_buys.get(&bet.id).map(|fill| quote_of_fill(fill, &bet.outcome)).transpose()?.flatten(),
            };
            let Some(log) = logs.get_mut(&bet.condition_id) else { continue };
            log.quotes.extend(quote);
            log.question.get_or_insert(bet.question);
            log.end_at = maybe_time("positions", bet.end_ms)?;
            log.describe(bet.market_id, bet.group_id, bet.category);
        }
        Ok(())
    }

    /// The first purchase of each of these positions.
    async fn first_buys(&self, bets: Vec<i64>) -> Result<BTreeMap<i64, fills::Model>, StoreError> {
        let query = fills::Entity::find()
            .filter(fills::Column::PositionId.is_in(bets))
            .filter(fills::Column::Side.eq(Side::Buy.as_str()))
            .order_by_desc(fills::Column::Id);
        Ok(query.all(self.read()).await?.into_iter().map(|fill| (fill.position_id, fill)).collect())
    }
}

/// What was seen when the signal was raised; `None` without a midpoint.
fn quote_of(decision: &Decision) -> Option<SeenQuote> {
    let (bid, ask) = (decision.yes_bid, decision.yes_ask);
    Some(SeenQuote { at: decision.at, mid: decision.mid?, bid, ask, own_bet: true })
}

/// A bet without a signal (a copied trade) saw its own token's book only.
fn quote_of_fill(fill: &fills::Model, token: &str) -> Result<Option<SeenQuote>, StoreError> {
    let Some(mid) = fill.mid else { return Ok(None) };
    let mid = match outcome("positions", token)? {
        Outcome::Yes => mid,
        Outcome::No => 1.0 - mid,
    };
    Ok(Some(SeenQuote { at: time("fills", fill.decided_ms)?, mid, bid: None, ask: None, own_bet: true }))
}
