//! Calibration curves: learned from the log of resolved forecasts, kept across restarts, in use from the next scan on.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use engine_core::calibration::{Calibration, Curves, Sample, learn};
use engine_core::prediction::SignalSource;

use crate::engine::Engine;
use crate::score::{BOOTSTRAP_SEED, ONE_PER, SOURCES};
use crate::store::ScoredPrediction;

/// What calibration has come to, per source; can be exchanged while scans run.
#[derive(Debug, Clone, Default)]
pub struct CalibrationSlot(Arc<RwLock<State>>);

#[derive(Debug, Default)]
struct State {
    of: BTreeMap<SignalSource, Calibration>,
    curves: Arc<Curves>,
}

impl CalibrationSlot {
    /// The curves in use.
    #[must_use]
    pub fn curves(&self) -> Arc<Curves> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).curves.clone()
    }

    /// What each source has come to; a source nothing was learned of yet is missing.
    #[must_use]
    pub fn all(&self) -> BTreeMap<SignalSource, Calibration> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).of.clone()
    }

    fn set(&self, source: SignalSource, calibration: Calibration) {
        let mut state = self.0.write().unwrap_or_else(PoisonError::into_inner);
        state.of.insert(source, calibration);
        state.curves = Arc::new(Curves::new(&state.of));
    }
}

impl Engine {
    /// Takes up the curves that were in use when the program ended.
    ///
    /// # Errors
    /// When the store refuses. What cannot be read is learned again at the next housekeeping.
    pub async fn restore_calibration(&self) -> anyhow::Result<()> {
        for source in SOURCES {
            let Some(text) = self.store.get(&key(source)).await? else { continue };
            match serde_json::from_str(&text) {
                Ok(calibration) => self.calibration.set(source, calibration),
                Err(error) => tracing::warn!(%error, source = source.as_str(), "a stored calibration cannot be read"),
            }
        }
        Ok(())
    }

    /// Learns the curve of each source again from the forecasts that have resolved by now. Learned from what was said
    /// before any curve: one in use does not feed on itself.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn reload_calibration(&self) -> anyhow::Result<()> {
        for source in SOURCES {
            let rows = self.store.scored_predictions(Some(source), Some(ONE_PER)).await?;
            let samples: Vec<Sample> = rows.into_iter().filter_map(sample).collect();
            // The bootstrap is seconds of work on a long log: off the async threads.
            let lesson = tokio::task::spawn_blocking(move || learn(&samples, BOOTSTRAP_SEED)).await?;
            let before = self.calibration.all().remove(&source).unwrap_or_default();
            let was_on = before.since.is_some();
            let after = before.clone().after(lesson, self.clock.now());
            if after == before {
                continue;
            }
            if after.since.is_some() != was_on {
                tracing::info!(source = source.as_str(), on = !was_on, "the calibration curve changed");
            }
            self.store.put(&key(source), &serde_json::to_string(&after)?).await?;
            self.calibration.set(source, after);
        }
        Ok(())
    }
}

/// Key under which the calibration of a source is kept.
fn key(source: SignalSource) -> String {
    format!("calibration.{}", source.as_str())
}

fn sample(row: ScoredPrediction) -> Option<Sample> {
    Some(Sample {
        cluster: row.cluster.to_string(),
        said: row.posterior,
        outcome: row.outcome,
        at: row.at,
        known_at: row.known_at?,
    })
}
