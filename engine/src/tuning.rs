//! Tries other thresholds on what was recorded.

use std::sync::Arc;

use anyhow::Context as _;
use chrono::TimeDelta;
use engine_core::settlement::Payouts;
use engine_core::strategy::{BookId, StrategyProfile};
use engine_core::tuning::{
    self, KnownResolution, LoggedScan, Marks, Preview, Simulation, Terms, Thresholds, WINDOW_DAYS, Window,
};

use crate::engine::Engine;

/// What other thresholds are tried on: what was seen, and what was last known of what is still open.
struct Record {
    window: Window,
    marks: Marks,
}

impl Engine {
    /// What a strategy would have come to over the last days with other thresholds, beside those in force; `None` for a
    /// book that is no strategy's. Thresholds equal to those in force are not tried twice.
    ///
    /// # Errors
    /// When the store refuses or a row cannot be read.
    pub async fn preview(&self, book: &BookId, changed: Thresholds) -> anyhow::Result<Option<Preview>> {
        let Some(profile) = self.profiles().await?.into_iter().find(|profile| profile.book == *book) else {
            return Ok(None);
        };
        let terms = self.terms(book).await?;
        let record = self.record().await?;
        let tried = move || tuning::preview(&record.window, &profile, &changed, &terms, &record.marks);
        Ok(Some(tokio::task::spawn_blocking(tried).await.context("trying other thresholds")?))
    }

    /// What each strategy would have come to over the last days with the thresholds in force.
    ///
    /// # Errors
    /// When the store refuses or a row cannot be read.
    pub async fn compare_profiles(&self) -> anyhow::Result<(Arc<Window>, Vec<(StrategyProfile, Simulation)>)> {
        let mut all = Vec::new();
        for profile in self.profiles().await? {
            let terms = self.terms(&profile.book).await?;
            all.push((profile, terms));
        }
        let Record { window, marks } = self.record().await?;
        let window = Arc::new(window);
        let compared = {
            let window = window.clone();
            move || tuning::compare(&window, &all, &marks)
        };
        Ok((window, tokio::task::spawn_blocking(compared).await.context("comparing the strategies")?))
    }

    /// The bankroll put into a book, and the limits of its gates.
    async fn terms(&self, book: &BookId) -> anyhow::Result<Terms> {
        let row = self.store.books().await?.into_iter().find(|row| row.book == *book);
        let bankroll = row.map_or(self.settings.bankroll, |row| row.capital);
        Ok(Terms { gates: self.settings.gates.clone(), bankroll })
    }

    async fn record(&self) -> anyhow::Result<Record> {
        let now = self.clock.now();
        let since = now - TimeDelta::days(i64::from(WINDOW_DAYS));
        let scans: Vec<LoggedScan> = self.store.candidates_since(since).await.context("reading the candidates")?;
        let stored = self.store.resolutions_since(since).await.context("reading the resolutions")?;
        let resolutions: Vec<KnownResolution> = stored
            .into_iter()
            .filter_map(|stored| {
                let resolution = stored.resolution;
                let payouts = [resolution.payout_yes.micros(), resolution.payout_no.micros()];
                // What is no payout of two outcomes settles nothing here, as it settles nothing live.
                let payouts = Payouts::from_micros(&payouts).ok()?;
                Some(KnownResolution { condition_id: resolution.condition_id, payouts, at: stored.recorded_at })
            })
            .collect();
        let window = tokio::task::spawn_blocking(move || Window::new(scans, resolutions, now)).await?;
        let unresolved: Vec<_> = window.unresolved().cloned().collect();
        let marks = self.store.last_mids(&unresolved).await.context("reading the last prices")?;
        Ok(Record { window, marks })
    }
}
