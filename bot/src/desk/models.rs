//! Facts of the page of models.

use dialogues::facts::{Facts, ModelHealth, ModelsFacts, Retraining};
use engine_core::model::ModelCard;

use super::EngineDesk;

/// Versions shown, newest first.
const RECENT: u64 = 6;
/// Versions looked through for the last comparison.
const LOOKED_THROUGH: u64 = 30;

impl EngineDesk {
    pub(super) async fn models(&self) -> anyhow::Result<Facts> {
        let store = &self.engine.store;
        let champion = match store.champion().await? {
            Some(row) => store.model_card(row.id).await?,
            None => None,
        };
        let serving = self.engine.model.info();
        Ok(Facts::Models(ModelsFacts {
            serving: serving.map(|info| ModelHealth { version: info.version, created_at: Some(info.created_at) }),
            retraining: self.retraining().await?,
            recent: self.cards(RECENT).await?,
            champion,
        }))
    }

    pub(super) async fn model(&self, id: i64) -> anyhow::Result<Facts> {
        let card = self.engine.store.model_card(id).await?;
        Ok(card.map_or_else(|| Facts::Missing(format!("model {id}")), |card| Facts::Model(Box::new(card))))
    }

    pub(super) async fn retraining(&self) -> anyhow::Result<Retraining> {
        let state = self.engine.retrain_state().await?;
        Ok(Retraining {
            every_hours: state.every.as_secs_f64() / 3_600.0,
            // A job beside the bot trains as well.
            trainer: state.trainer || state.last_success.is_some(),
            due_at: state.due_at,
            trouble: state.trouble,
        })
    }

    pub(super) async fn last_duel(&self) -> anyhow::Result<Option<ModelCard>> {
        Ok(self.cards(LOOKED_THROUGH).await?.into_iter().find(|card| card.duel.is_some()))
    }

    async fn cards(&self, limit: u64) -> anyhow::Result<Vec<ModelCard>> {
        let store = &self.engine.store;
        let mut cards = Vec::new();
        for row in store.models(limit).await? {
            cards.extend(store.model_card(row.id).await?);
        }
        Ok(cards)
    }
}
