//! The strategies as they are now: the settings' with what was changed in the chat.

use engine_core::notice::DecidedBy;
use engine_core::strategy::{BookId, StrategyProfile};
use engine_core::tuning::Thresholds;

use crate::engine::Engine;
use crate::store::{ChangeKind, ProfileSave, SaveResult, StoreError};

impl Engine {
    /// The strategies with the thresholds in force, in the order of the settings. Each cycle (a scan, an approval) reads
    /// them once, at its beginning.
    ///
    /// # Errors
    /// When the store refuses or a row cannot be read.
    pub async fn profiles(&self) -> Result<Vec<StrategyProfile>, StoreError> {
        let saved = self.store.saved_thresholds().await?;
        let in_force = |profile: &StrategyProfile| match saved.get(&profile.book) {
            Some(thresholds) => thresholds.applied_to(profile),
            None => profile.clone(),
        };
        Ok(self.settings.profiles.iter().map(in_force).collect())
    }

    /// The strategy of a book as the settings have it; `None` for a book that is no strategy's.
    #[must_use]
    pub fn default_profile(&self, book: &BookId) -> Option<&StrategyProfile> {
        self.settings.profiles.iter().find(|profile| profile.book == *book)
    }

    /// Saves thresholds of a strategy; they hold from the next cycle on. `from` are those the person was shown as being in
    /// force.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn save_profile(
        &self,
        book: &BookId,
        from: Thresholds,
        to: Thresholds,
        by: &DecidedBy,
    ) -> Result<SaveResult, StoreError> {
        let Some(profile) = self.default_profile(book) else { return Ok(SaveResult::Unknown) };
        let defaults = Thresholds::of(profile);
        let kind = if to == defaults { ChangeKind::Reset } else { ChangeKind::Save };
        let save = ProfileSave { book, defaults, from, to, kind, by };
        self.store.save_thresholds(&save, self.clock.now()).await
    }
}
