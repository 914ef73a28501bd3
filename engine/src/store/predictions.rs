//! The prediction log: every scored decision, whatever came of it, scored once its market resolved.

use std::time::Duration;

use chrono::{DateTime, Utc};
use engine_core::market::MarketGroupId;
use engine_core::prediction::SignalSource;
use engine_core::signal::Decision;
use entities::predictions;
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ConnectionTrait, EntityTrait};

use super::connect::Store;
use super::convert::{clean, maybe_time, ms, source, time};
use super::error::StoreError;
use super::queries::number;

const TABLE: &str = "predictions";
/// Rows of one INSERT: 23 columns each, below SQLite's limit of 32 766 parameters.
const ROWS_AT_ONCE: usize = 500;

/// A logged forecast whose market resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoredPrediction {
    /// Its number in the log.
    pub id: i64,
    /// When it was made.
    pub at: DateTime<Utc>,
    /// Who forecast.
    pub source: SignalSource,
    /// The market's cluster.
    pub cluster: MarketGroupId,
    /// P(Yes) before anchoring.
    pub model_p: f64,
    /// Anchored P(Yes) before any calibration curve; the raw one where there was none.
    pub posterior: f64,
    /// What a calibration curve made of it; `None` when none was in use.
    pub calibrated: Option<f64>,
    /// The market's own P(Yes) at that time: the midpoint.
    pub market: f64,
    /// What Yes paid: 1, 0 or 0.5.
    pub outcome: f64,
    /// When that was recorded.
    pub known_at: Option<DateTime<Utc>>,
    /// The published end.
    pub end_at: Option<DateTime<Utc>>,
    /// Category, for breakdowns.
    pub category: Option<String>,
}

impl Store {
    /// Logged forecasts of resolved markets, oldest first; of one source or all. With `thin`, of each market only the
    /// first forecast in each span of that length, so that a market scanned often does not weigh more for it.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn scored_predictions(
        &self,
        of: Option<SignalSource>,
        thin: Option<Duration>,
    ) -> Result<Vec<ScoredPrediction>, StoreError> {
        let columns = "id, at_ms, source, group_id, model_p, COALESCE(posterior, model_p) AS posterior, calibrated, mid, \
                       outcome, resolved_ms, end_ms, category";
        let wanted = "outcome IS NOT NULL AND mid IS NOT NULL AND ($1 = '' OR source = $1)";
        let span_ms = thin.and_then(|span| i64::try_from(span.as_millis()).ok()).filter(|span| *span > 0);
        let name = of.map_or("", SignalSource::as_str);
        let statement = match span_ms {
            None => self.sql(&format!("SELECT {columns} FROM predictions WHERE {wanted} ORDER BY id"), [name.into()]),
            Some(span_ms) => self.sql(
                &format!(
                    "SELECT {columns} FROM predictions WHERE id IN (SELECT MIN(id) FROM predictions WHERE {wanted} \
                     GROUP BY source, market_id, at_ms / $2) ORDER BY id"
                ),
                [name.into(), span_ms.into()],
            ),
        };
        let rows = self.read().query_all_raw(statement).await?;
        rows.iter()
            .map(|row| {
                Ok(ScoredPrediction {
                    id: row.try_get("", "id")?,
                    at: time(TABLE, row.try_get("", "at_ms")?)?,
                    source: source(TABLE, &row.try_get::<String>("", "source")?)?,
                    cluster: MarketGroupId::new(row.try_get::<String>("", "group_id")?),
                    model_p: row.try_get("", "model_p")?,
                    posterior: row.try_get("", "posterior")?,
                    calibrated: row.try_get("", "calibrated")?,
                    market: row.try_get("", "mid")?,
                    outcome: row.try_get("", "outcome")?,
                    known_at: maybe_time(TABLE, row.try_get("", "resolved_ms")?)?,
                    end_at: maybe_time(TABLE, row.try_get("", "end_ms")?)?,
                    category: row.try_get("", "category")?,
                })
            })
            .collect()
    }

    /// Logged forecasts in all, and those with an outcome.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn prediction_counts(&self) -> Result<(u64, u64), StoreError> {
        let all = number(self.read(), self.sql("SELECT COUNT(*) AS n FROM predictions", [])).await?;
        let resolved = "SELECT COUNT(*) AS n FROM predictions WHERE outcome IS NOT NULL";
        let resolved = number(self.read(), self.sql(resolved, [])).await?;
        Ok((super::convert::count(all), super::convert::count(resolved)))
    }

    /// Markets with at least one logged forecast.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forecast_markets(&self) -> Result<u64, StoreError> {
        let query = "SELECT COUNT(DISTINCT market_id) AS n FROM predictions";
        Ok(super::convert::count(number(self.read(), self.sql(query, [])).await?))
    }
}

/// Logs the scored ones of these decisions.
pub(super) async fn insert<C: ConnectionTrait>(db: &C, decisions: &[Decision]) -> Result<(), StoreError> {
    let rows: Vec<predictions::ActiveModel> = decisions.iter().filter_map(to_row).collect();
    for chunk in rows.chunks(ROWS_AT_ONCE) {
        predictions::Entity::insert_many(chunk.to_vec()).exec_without_returning(db).await?;
    }
    Ok(())
}

fn to_row(decision: &Decision) -> Option<predictions::ActiveModel> {
    let prediction = decision.prediction.as_ref()?;
    let gate = decision.final_gate();
    Some(predictions::ActiveModel {
        id: NotSet,
        at_ms: Set(ms(decision.at)),
        source: Set(decision.source.as_str().to_owned()),
        model_version: Set(decision.model_version.clone()),
        market_id: Set(decision.market_id.as_str().to_owned()),
        condition_id: Set(decision.condition_id.as_str().to_owned()),
        group_id: Set(decision.group_id.as_str().to_owned()),
        category: Set(decision.category.as_deref().map(clean)),
        model_p: Set(prediction.probability.get()),
        posterior: Set(decision.posterior.map(|posterior| posterior.get())),
        calibrated: Set(decision.calibrated.map(|calibrated| calibrated.get())),
        confidence: Set(prediction.confidence),
        bid_micros: Set(decision.yes_bid.map(|price| price.micros())),
        ask_micros: Set(decision.yes_ask.map(|price| price.micros())),
        mid: Set(decision.mid),
        gate: Set(gate.map(|gate| gate.as_str().to_owned())),
        reason: Set(Some(clean(&decision.reason()))),
        side_outcome: Set(decision.candidate.as_ref().map(|candidate| candidate.outcome.as_str().to_owned())),
        edge: Set(decision.candidate.as_ref().map(|candidate| candidate.edge)),
        end_ms: Set(decision.end_at.map(ms)),
        outcome: Set(None),
        resolved_ms: Set(None),
    })
}
