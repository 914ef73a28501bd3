//! The slow round: settle, leave early where told to, report, clean up.

use std::collections::BTreeMap;

use engine_core::engines::EngineKind;
use engine_core::journal::{Frame, RoundFrame, within_reach};
use engine_core::notice::ExitReason;
use engine_core::pipeline::{expiry_exit, stop_loss};
use engine_core::tuning::KEPT_DAYS;

use crate::close::Closed;
use crate::engine::Engine;
use crate::score::ONE_PER;
use crate::store::Retention;

/// Key under which the day of the last clean-up is kept.
const LAST_CLEAN_UP: &str = "clean_up.day";
/// For how many days after its market resolved every forecast is kept, the ones no score counts too.
const EVERY_FORECAST_DAYS: u32 = 30;

impl Engine {
    /// One round of housekeeping for the engines of this process. Each part is tried whatever became of the others. What
    /// concerns the model is the ML engine's; the clean-up is whoever's comes first that day.
    ///
    /// # Errors
    /// The first failure, after every part had its turn.
    pub async fn housekeeping(&self) -> anyhow::Result<()> {
        let mut results = vec![self.expire_signals().await, self.settle().await, self.leave_early().await];
        let forecasts = self.settings.engines.run(EngineKind::Ml);
        if forecasts {
            results.push(self.reload_calibration().await);
        }
        results.push(self.daily_report().await);
        if forecasts {
            results.push(self.refresh_model().await);
            results.push(self.tell_overdue().await);
        }
        results.push(self.clean_up().await);
        results.into_iter().collect()
    }

    /// Sells positions that reached the stop-loss or the last days before their end. Both are off by default.
    async fn leave_early(&self) -> anyhow::Result<()> {
        let (loss, days) = (self.settings.stop_loss, self.settings.exit_days);
        let now = self.clock.now();
        let mut open = Vec::new();
        if loss.is_some() || days.is_some() {
            open = self.store.open_positions().await?;
            open.retain(|position| self.settings.engines.keep(&position.book));
        }
        let tokens: Vec<_> = open.iter().map(|position| position.token.clone()).collect();
        let books = if tokens.is_empty() { BTreeMap::new() } else { self.venue.clob().books(&tokens).await?.books };
        if self.journal.is_on() {
            let slippage = self.settings.gates.slippage;
            let books = books.values().map(|book| within_reach(book, slippage)).collect();
            self.journal.keep(Frame::Round(Box::new(RoundFrame { at: now, books })), &self.incidents).await;
        }
        for position in open {
            // A crossed or empty book is no price to judge a loss by.
            let book = books.get(&position.token).filter(|book| book.fault().is_none());
            let reason = if stop_loss(&position, book.and_then(|book| book.best_bid()), loss) {
                ExitReason::StopLoss
            } else if expiry_exit(&position, now, days) {
                ExitReason::Expiry
            } else {
                continue;
            };
            match self.close(position.id, reason).await {
                Ok(Closed::NoFill(why)) => tracing::info!(position = position.id, why, "a position could not be left"),
                Ok(Closed::Done { .. } | Closed::Already(_) | Closed::Unknown) => {}
                // One position that cannot be sold never keeps the others from it.
                Err(error) => tracing::error!(position = position.id, error = format!("{error:#}"), "leaving failed"),
            }
        }
        Ok(())
    }

    /// Forgets old rows, once a day.
    async fn clean_up(&self) -> anyhow::Result<()> {
        let now = self.clock.now();
        let today = now.date_naive().to_string();
        if self.store.get(LAST_CLEAN_UP).await?.is_some_and(|day| day == today) {
            return Ok(());
        }
        let days = self.settings.retention_days;
        let retention = Retention {
            unresolved_prediction_days: days,
            every_resolved_prediction_days: days.min(EVERY_FORECAST_DAYS),
            thin_to: ONE_PER,
            scan_days: days,
            candidate_days: KEPT_DAYS,
            message_days: days,
            activity_days: days,
        };
        let deleted = self.store.delete_old(now, &retention).await?;
        tracing::debug!(?deleted, "old rows deleted");
        // A folder that does not let itself be tidied keeps nothing else from it.
        if let Err(error) = self.journal.prune(now).await {
            tracing::error!(error = format!("{:#}", anyhow::Error::new(error)), "the journal could not be tidied");
            self.incidents.add("journal: not tidied", 1);
        }
        self.store.put(LAST_CLEAN_UP, &today).await?;
        Ok(())
    }
}
