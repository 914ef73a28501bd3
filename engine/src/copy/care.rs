//! Looking after follows: probation, names, traders who cannot be read, and the digest of what was skipped.

use std::sync::PoisonError;

use chrono::{DateTime, TimeDelta, Utc};
use engine_core::copy::follow::Follow;
use engine_core::copy::news::CopyNotice;
use engine_core::copy::probation::reconsider;
use engine_core::copy::trader::Trader;

use super::engine::CopyEngine;

/// What was skipped is told this often.
const DIGEST_EVERY: TimeDelta = TimeDelta::hours(6);
/// A trader who cannot be read is told of after this long.
const UNREADABLE_AFTER: TimeDelta = TimeDelta::hours(1);
/// Names are asked for this often.
const NAMES_EVERY: TimeDelta = TimeDelta::hours(24);
/// Key under which it is kept until when skips were told of, in milliseconds.
const DIGEST_KEY: &str = "copy.digest";
/// Names asked for in a round.
const NAMES_A_ROUND: usize = 20;
/// Key under which it is kept since when a trader could not be read as of the last time that was told; his wallet follows.
const UNREADABLE_KEY: &str = "copy.unreadable.";

impl CopyEngine {
    /// One round of care. Each part is tried whatever became of the others.
    ///
    /// # Errors
    /// The first failure, after every part had its turn.
    pub async fn care(&self) -> anyhow::Result<()> {
        let results = [
            self.look_after_probation().await,
            self.tell_unreadable().await,
            self.tell_skipped().await,
            self.ask_names().await,
            self.renew_portfolios().await,
        ];
        results.into_iter().collect()
    }

    /// Makes the report of a followed trader anew, when one is due.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn renew_report(&self) -> anyhow::Result<()> {
        let follows = self.engine.store.follows().await?;
        if let Some(dossier) = self.dossiers.refresh_due(&follows).await? {
            let wallet = &dossier.trader.wallet;
            tracing::info!(%wallet, verdict = dossier.judged.verdict.as_str(), "a trader's report was made anew");
        }
        Ok(())
    }

    /// Promotes and demotes by what copies came to.
    async fn look_after_probation(&self) -> anyhow::Result<()> {
        for follow in self.engine.store.follows().await? {
            self.reconsider(&follow).await?;
        }
        Ok(())
    }

    /// Promotes or demotes a follow, when it is time, and tells of it.
    pub(super) async fn reconsider(&self, follow: &Follow) -> anyhow::Result<()> {
        let store = &self.engine.store;
        let results = store.copy_results(follow).await?;
        let verdict = self.verdict(&follow.wallet).await?;
        let now = self.engine.clock.now();
        let Some(change) = reconsider(follow.stage, follow.changed_at, &results, verdict, now) else {
            return Ok(());
        };
        let messages = self.news(CopyNotice::Stage { trader: trader_of(follow), change });
        if store.move_stage(&follow.wallet, change.from, change.to, now, &messages).await? {
            tracing::info!(wallet = %follow.wallet, from = change.from.as_str(), to = change.to.as_str(), "a follow moved");
        }
        Ok(())
    }

    async fn tell_unreadable(&self) -> anyhow::Result<()> {
        let now = self.engine.clock.now();
        for failing in self.engine.store.failing_reads(now - UNREADABLE_AFTER).await? {
            let Some(follow) = self.engine.store.follow_of(&failing.wallet).await? else { continue };
            let (since, error) = (failing.since, failing.error);
            let messages = self.news(CopyNotice::Unreadable { trader: trader_of(&follow), since, error });
            let key = format!("{UNREADABLE_KEY}{}", failing.wallet);
            self.engine.store.enqueue_once(&key, &since.timestamp_millis().to_string(), &messages, now).await?;
        }
        Ok(())
    }

    async fn tell_skipped(&self) -> anyhow::Result<()> {
        let now = self.engine.clock.now();
        let Some(since) = self.noted(DIGEST_KEY).await? else {
            // The first one covers the time from now on.
            return Ok(self.engine.store.put(DIGEST_KEY, &now.timestamp_millis().to_string()).await?);
        };
        if now - since < DIGEST_EVERY {
            return Ok(());
        }
        let counts = self.engine.store.copy_counts(None, since).await?;
        let messages = if counts.skipped.is_empty() {
            Vec::new()
        } else {
            self.news(CopyNotice::Digest { since, until: now, counts })
        };
        self.engine.store.enqueue_once(DIGEST_KEY, &now.timestamp_millis().to_string(), &messages, now).await?;
        Ok(())
    }

    /// What traders call themselves may change; who they are is their wallet. A few are asked for each time.
    async fn ask_names(&self) -> anyhow::Result<()> {
        let now = self.engine.clock.now();
        let follows = self.engine.store.follows().await?;
        let due: Vec<Follow> = {
            let named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
            let is_due = |follow: &Follow| named.get(&follow.wallet).is_none_or(|asked| now - *asked >= NAMES_EVERY);
            follows.into_iter().filter(is_due).take(NAMES_A_ROUND).collect()
        };
        for follow in due {
            // One that cannot be asked for now is none to ask for again right away.
            self.named.lock().unwrap_or_else(PoisonError::into_inner).insert(follow.wallet.clone(), now);
            match self.engine.venue.gamma().profile(&follow.wallet).await {
                Ok(Some(profile)) => {
                    let name = if profile.name.is_empty() { profile.pseudonym } else { profile.name };
                    if !name.is_empty() {
                        self.engine.store.rename_follow(&follow.wallet, &name).await?;
                    }
                }
                Ok(None) => {}
                Err(error) => tracing::debug!(wallet = %follow.wallet, %error, "a trader's name could not be asked"),
            }
        }
        Ok(())
    }

    async fn noted(&self, key: &str) -> anyhow::Result<Option<DateTime<Utc>>> {
        let text = self.engine.store.get(key).await?;
        Ok(text.and_then(|text| text.parse().ok()).and_then(DateTime::from_timestamp_millis))
    }
}

fn trader_of(follow: &Follow) -> Trader {
    Trader { wallet: follow.wallet.clone(), name: follow.name.clone() }
}
