//! What the owner may decide of a model: promote, keep things as they are, go back.

use engine_core::model::ModelStatus;
use engine_core::notice::DecidedBy;

use crate::engine::Engine;
use crate::store::ModelRow;

/// What became of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelDecision {
    /// This version serves from now on.
    Serves(String),
    /// Things stay as they are.
    Kept,
    /// It was so already, or somebody decided before; nothing was changed.
    Already,
    /// It cannot be done, a sentence.
    Refused(String),
    /// There is no such model.
    Unknown,
}

impl Engine {
    /// Lets a version serve by a person's word, whatever its duel said. It is loaded and proves itself on its golden rows
    /// before anything is changed.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn promote_model(&self, id: i64, by: &DecidedBy) -> anyhow::Result<ModelDecision> {
        let Some(row) = self.store.model(id).await? else { return Ok(ModelDecision::Unknown) };
        match row.status {
            ModelStatus::Champion => Ok(ModelDecision::Already),
            ModelStatus::Refused => Ok(ModelDecision::Refused("This model was refused; it cannot serve.".to_owned())),
            ModelStatus::Candidate | ModelStatus::Retired => self.install(&row, by).await,
        }
    }

    /// Leaves things as they are by a person's word.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn keep_model(&self, id: i64, by: &DecidedBy) -> anyhow::Result<ModelDecision> {
        if self.store.model(id).await?.is_none() {
            return Ok(ModelDecision::Unknown);
        }
        let done = self.store.confirm_model(id, by, self.clock.now()).await?;
        Ok(if done { ModelDecision::Kept } else { ModelDecision::Already })
    }

    /// Goes back from version `id` to the one that served before it.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn roll_back_model(&self, id: i64, by: &DecidedBy) -> anyhow::Result<ModelDecision> {
        let Some(row) = self.store.model(id).await? else { return Ok(ModelDecision::Unknown) };
        if row.status != ModelStatus::Champion {
            return Ok(ModelDecision::Already);
        }
        match self.store.previous_champion().await? {
            Some(previous) => self.install(&previous, by).await,
            None => Ok(ModelDecision::Refused("No other model served before this one.".to_owned())),
        }
    }

    /// Loads, notes in the store, exchanges: a crash between the last two is made good at the next start.
    async fn install(&self, row: &ModelRow, by: &DecidedBy) -> anyhow::Result<ModelDecision> {
        let model = match self.load_version(row).await? {
            Ok(model) => model,
            Err(error) => {
                tracing::error!(version = row.version, %error, "a model that was to serve does not load");
                return Ok(ModelDecision::Refused(format!("It does not load: {error}.")));
            }
        };
        // Row and slot change together: of two presses the later one holds in both.
        let _one_at_a_time = self.exchanging.lock().await;
        let champion = self.store.champion().await?.map(|champion| champion.version);
        if !self.store.promote_model(row.id, champion.as_deref(), by, self.clock.now()).await? {
            return Ok(ModelDecision::Already);
        }
        self.model.exchange(model);
        tracing::info!(version = row.version, from = champion, "another model serves by the owner's word");
        Ok(ModelDecision::Serves(row.version.clone()))
    }
}
