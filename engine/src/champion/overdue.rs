//! How old the model is, and whether it should have been trained anew by now.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use engine_core::notice::Notice;

use super::trouble::Trouble;
use crate::engine::Engine;

/// Key under which the time of the last training that was begun and ended, well or badly, is kept, unix seconds.
const LAST_ATTEMPT: &str = "retrain.last_attempt";
/// The same of the last one that gave a model.
const LAST_SUCCESS: &str = "retrain.last_success";

/// How retraining stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetrainState {
    /// After this long a model counts as due.
    pub every: Duration,
    /// Whether this bot trains by itself.
    pub trainer: bool,
    /// When training last gave a model.
    pub last_success: Option<DateTime<Utc>>,
    /// When the next training is due; `None` while there is no model of the store.
    pub due_at: Option<DateTime<Utc>>,
    /// What last went wrong, until it goes well again.
    pub trouble: Option<String>,
}

impl Engine {
    /// How retraining stands.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn retrain_state(&self) -> anyhow::Result<RetrainState> {
        let settings = &self.settings.models;
        let last_success = self.moment(LAST_SUCCESS).await?;
        let champion = self.store.champion().await?;
        // A model that was shipped long ago is new to whoever has just begun.
        let fresh = champion
            .map(|row| [row.trained_at, Some(row.added_at)].into_iter().flatten().fold(row.added_at, DateTime::max));
        let fresh = fresh.into_iter().chain(last_success).max();
        Ok(RetrainState {
            every: settings.retrain_every,
            trainer: self.trains(),
            last_success,
            due_at: fresh.map(|at| at + span(settings.retrain_every)),
            trouble: self.store.get(Trouble::Retraining.key()).await?.filter(|cause| !cause.is_empty()),
        })
    }

    /// Whether trainer and data are set up.
    #[must_use]
    pub fn trains(&self) -> bool {
        self.settings.models.trainer.is_some() && self.settings.models.training_data.is_some()
    }

    /// Whether the last attempt, if any, is long enough ago for another one.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn is_retraining_due(&self) -> anyhow::Result<bool> {
        let last = self.moment(LAST_ATTEMPT).await?;
        let every = span(self.settings.models.retrain_every);
        Ok(last.is_none_or(|last| self.clock.now() >= last + every))
    }

    pub(super) async fn note_attempt(&self, gave_a_model: bool) -> anyhow::Result<()> {
        let now = self.clock.now().timestamp().to_string();
        self.store.put(LAST_ATTEMPT, &now).await?;
        if gave_a_model {
            self.store.put(LAST_SUCCESS, &now).await?;
        }
        Ok(())
    }

    /// Tells, once for each model, that it should have been trained anew by now. Where a trainer is set up it gets a
    /// second interval to make good: what goes wrong meanwhile is told of by itself.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn tell_overdue(&self) -> anyhow::Result<()> {
        let Some(champion) = self.store.champion().await? else { return Ok(()) };
        let state = self.retrain_state().await?;
        let patience = if state.trainer { span(state.every) } else { TimeDelta::zero() };
        if state.due_at.is_none_or(|due| self.clock.now() < due + patience) {
            return Ok(());
        }
        let notice = Notice::ModelOverdue {
            version: champion.version.clone(),
            trained_at: champion.trained_at.unwrap_or(champion.added_at),
            every_hours: state.every.as_secs_f64() / 3_600.0,
            trainer: state.trainer,
        };
        self.tell_once(Trouble::Overdue, &champion.version, notice).await?;
        Ok(())
    }

    async fn moment(&self, key: &str) -> anyhow::Result<Option<DateTime<Utc>>> {
        let seconds = self.store.get(key).await?.and_then(|text| text.parse().ok());
        Ok(seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0)))
    }
}

fn span(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}
