//! Telling the owner of what goes wrong with models: once for each cause, again only after it went well in between.

use engine_core::notice::Notice;

use crate::engine::Engine;
use crate::outgoing::{self, Outgoing};

/// What a cause is remembered under.
#[derive(Debug, Clone, Copy)]
pub(super) enum Trouble {
    /// Training, or what came of it.
    Retraining,
    /// The model that should serve does not load.
    Champion,
    /// Too few events to compare on.
    TooFewEvents,
    /// The model is overdue.
    Overdue,
}

impl Trouble {
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Retraining => "model.retrain_trouble",
            Self::Champion => "model.champion_trouble",
            Self::TooFewEvents => "model.too_few_events",
            Self::Overdue => "model.overdue",
        }
    }
}

impl Engine {
    /// Tells of trouble, unless the same cause was the last thing told of its kind. True when it was told.
    pub(super) async fn tell_once(&self, kind: Trouble, cause: &str, notice: Notice) -> anyhow::Result<bool> {
        let rows = outgoing::rows(self.settings.recipient, vec![Outgoing::news(notice)]);
        Ok(self.store.enqueue_once(kind.key(), cause, &rows, self.clock.now()).await?)
    }

    /// The trouble is over: the next one is told whatever its cause.
    pub(super) async fn trouble_over(&self, kind: Trouble) -> anyhow::Result<()> {
        if self.store.get(kind.key()).await?.is_some_and(|cause| !cause.is_empty()) {
            self.store.put(kind.key(), "").await?;
        }
        Ok(())
    }
}
