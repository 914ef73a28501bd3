//! The model in use: one is loaded, or there is a reason why none is.

use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use crate::predict::{Ensemble, ModelInfo, Predictor};

/// Holds the predictor that scans use; can be exchanged while they run.
#[derive(Clone)]
pub struct ModelSlot(Arc<RwLock<Result<Arc<dyn Predictor>, String>>>);

impl ModelSlot {
    /// Loads the model of a directory; what is wrong with it is kept as a sentence.
    #[must_use]
    pub fn load(dir: &Path) -> Self {
        match Ensemble::load(dir) {
            Ok(model) => Self::with(Arc::new(model)),
            Err(error) => {
                tracing::error!(error = %error, "no model: the bot will not bet");
                Self::without(error.to_string())
            }
        }
    }

    /// A slot with a model.
    #[must_use]
    pub fn with(model: Arc<dyn Predictor>) -> Self {
        Self(Arc::new(RwLock::new(Ok(model))))
    }

    /// A slot without one, and why.
    #[must_use]
    pub fn without(reason: String) -> Self {
        Self(Arc::new(RwLock::new(Err(reason))))
    }

    /// Puts another model in place. Whoever asked for the model before goes on with the one they got.
    pub fn exchange(&self, model: Arc<dyn Predictor>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Ok(model);
    }

    /// The model, or why there is none.
    ///
    /// # Errors
    /// The reason as a sentence.
    pub fn current(&self) -> Result<Arc<dyn Predictor>, String> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What the model says of itself, or why there is none.
    ///
    /// # Errors
    /// The reason as a sentence.
    pub fn info(&self) -> Result<ModelInfo, String> {
        self.current().map(|model| model.info())
    }
}

impl std::fmt::Debug for ModelSlot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("ModelSlot").field(&self.info().map(|info| info.version)).finish()
    }
}
