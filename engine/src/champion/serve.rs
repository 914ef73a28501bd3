//! Which model serves: chosen at start, exchanged while scans run.

use std::sync::Arc;

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use engine_core::model::ModelStatus;
use engine_core::notice::Notice;

use super::library::Library;
use super::trouble::Trouble;
use crate::engine::Engine;
use crate::model_slot::ModelSlot;
use crate::predict::{Ensemble, ModelError, ModelInfo, Predictor};
use crate::store::{ModelRow, NewModel, Store};

/// The model to serve: the champion of the store if it loads, else the shipped one. A shipped model nobody has seen
/// becomes champion when there is none, or when the champion was the one shipped before; else it waits as a candidate.
/// The database is only read when `register` is false. Computes for a while, off the async threads.
///
/// # Errors
/// When the store refuses. A model that does not load is no error: the slot says why there is none.
pub async fn serving_model(
    store: &Store,
    library: &Library,
    now: DateTime<Utc>,
    register: bool,
) -> anyhow::Result<ModelSlot> {
    let shipped = load_shipped(library).await?;
    if register && let Ok(shipped) = &shipped {
        register_shipped(store, library, shipped.info(), now).await?;
    }
    let fault = match store.champion().await? {
        Some(champion) => match load(library, &champion).await? {
            Ok(model) => return Ok(ModelSlot::with(model)),
            Err(error) => Some((champion.version, error)),
        },
        None => None,
    };
    Ok(match (shipped, fault) {
        (Ok(model), None) => ModelSlot::with(model),
        (Ok(model), Some((version, error))) => {
            let serves = model.info().version;
            tracing::error!(version, %error, serves, "the champion does not load; the shipped model serves in its place");
            ModelSlot::with(model)
        }
        (Err(error), None) => {
            tracing::error!(%error, "no model: the bot will not bet");
            ModelSlot::without(error.to_string())
        }
        (Err(shipped), Some((version, error))) => {
            tracing::error!(version, %error, %shipped, "no model: neither the champion nor the shipped one loads");
            ModelSlot::without(error.to_string())
        }
    })
}

async fn load_shipped(library: &Library) -> anyhow::Result<Result<Arc<dyn Predictor>, ModelError>> {
    let folder = library.shipped().to_owned();
    let load = move || Ensemble::load(folder).map(|model| Arc::new(model) as Arc<dyn Predictor>);
    Ok(tokio::task::spawn_blocking(load).await?)
}

async fn load(library: &Library, row: &ModelRow) -> anyhow::Result<Result<Arc<dyn Predictor>, ModelError>> {
    let (library, row) = (library.clone(), row.clone());
    Ok(tokio::task::spawn_blocking(move || library.load(&row)).await?)
}

/// Notes the shipped model when it is new to the store.
async fn register_shipped(store: &Store, library: &Library, info: ModelInfo, now: DateTime<Utc>) -> anyhow::Result<()> {
    if store.model_named(&info.version).await?.is_some() {
        return Ok(());
    }
    let path = std::fs::canonicalize(library.shipped()).context("the folder of the shipped model")?;
    let champion = store.champion().await?;
    // A newer one was shipped in the place of the one that serves: whoever updates the program wants it.
    let takes_over = champion.as_ref().is_none_or(|champion| champion.path == path);
    let status = if takes_over { ModelStatus::Champion } else { ModelStatus::Candidate };
    let new = NewModel {
        version: info.version,
        path,
        sha256: info.sha256,
        status,
        trained_at: Some(info.created_at),
        known_to: Some(info.training.to),
        replaces: champion.map(|champion| champion.version),
        rival: None,
        duel: None,
        reason: None,
    };
    tracing::info!(version = new.version, status = status.as_str(), "a shipped model is new here");
    store.add_model(&new, now, |_| Vec::new()).await?;
    Ok(())
}

impl Engine {
    /// The folders models are in.
    #[must_use]
    pub fn library(&self) -> Library {
        Library::new(&self.settings.models)
    }

    /// Loads a version from its folder; nothing is exchanged.
    pub(super) async fn load_version(&self, row: &ModelRow) -> anyhow::Result<Result<Arc<dyn Predictor>, ModelError>> {
        load(&self.library(), row).await
    }

    /// Puts the champion of the store in place if another model serves: a promotion made by another process, or by the
    /// chat, takes effect here at the latest. One that does not load is told of once, and what serves goes on.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn refresh_model(&self) -> anyhow::Result<()> {
        let _one_at_a_time = self.exchanging.lock().await;
        let Some(champion) = self.store.champion().await? else { return Ok(()) };
        let serving = self.model.info().ok();
        if serving.as_ref().is_some_and(|info| info.version == champion.version && info.sha256 == champion.sha256) {
            return self.trouble_over(Trouble::Champion).await;
        }
        match self.load_version(&champion).await? {
            Ok(model) => {
                tracing::info!(version = champion.version, "the champion serves from now on");
                self.model.exchange(model);
                self.trouble_over(Trouble::Champion).await
            }
            Err(error) => {
                self.incidents.add("model: the champion does not load", 1);
                let (version, reason) = (champion.version, error.to_string());
                let cause = format!("{version}: {reason}");
                let serving = serving.map(|info| info.version);
                let notice = Notice::ModelFault { version, reason, serving };
                if self.tell_once(Trouble::Champion, &cause, notice).await? {
                    tracing::error!(cause, "the champion does not load; what serves goes on");
                }
                Ok(())
            }
        }
    }
}
