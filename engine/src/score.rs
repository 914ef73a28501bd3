//! Scores of what was forecast, from the log of every scored market, and of a model on recorded markets.

mod data_set;
mod rows;

use std::time::Duration;

use engine_core::notice::ScoreSummary;
use engine_core::prediction::SignalSource;
use engine_core::scoring::{self, Forecast, ScoreReport};

use crate::engine::Engine;
use crate::store::ScoredPrediction;

pub use data_set::{DataScore, ScoreError, ScorePlan, score_data, score_moments, split_by_training};
pub use rows::{ScoredRows, score_rows};

/// Seed of the bootstrap: the same log always gives the same interval.
pub const BOOTSTRAP_SEED: u64 = 20_261_123;
/// Of each market one forecast counts in each span of this length, so that a market scanned often weighs no more.
pub const ONE_PER: Duration = Duration::from_secs(6 * 3600);

/// Every source that can have forecasts of its own.
pub(crate) const SOURCES: [SignalSource; 3] = [SignalSource::Ensemble, SignalSource::LlmConsensus, SignalSource::News];

impl Engine {
    /// What was said of markets that have resolved by a source: anchored, and calibrated where a curve was in use.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn forecasts(&self, source: SignalSource) -> anyhow::Result<Vec<Forecast>> {
        let rows = self.store.scored_predictions(Some(source), Some(ONE_PER)).await?;
        Ok(rows.into_iter().map(forecast).collect())
    }

    /// The score of each source with resolved forecasts.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn scores(&self) -> anyhow::Result<Vec<ScoreSummary>> {
        let mut scores = Vec::new();
        for source in SOURCES {
            let forecasts = self.forecasts(source).await?;
            // The bootstrap is seconds of work on a long log: off the async threads.
            let score =
                tokio::task::spawn_blocking(move || scoring::summarise(source.as_str(), &forecasts, BOOTSTRAP_SEED));
            scores.extend(score.await?);
        }
        Ok(scores)
    }

    /// The full score of the ensemble with its parts; `None` while nothing has resolved.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn score_report(&self) -> anyhow::Result<Option<ScoreReport>> {
        let forecasts = self.forecasts(SignalSource::Ensemble).await?;
        Ok(tokio::task::spawn_blocking(move || scoring::report(&forecasts, BOOTSTRAP_SEED)).await?)
    }
}

fn forecast(row: ScoredPrediction) -> Forecast {
    Forecast {
        cluster: row.cluster.to_string(),
        model: row.calibrated.unwrap_or(row.posterior),
        market: row.market,
        outcome: row.outcome,
        at: row.at,
        end_at: row.end_at,
        category: row.category,
    }
}
