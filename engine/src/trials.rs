//! Thresholds on trial: on live signals, at the books of the moment, without money.

use chrono::{DateTime, Utc};
use engine_core::market::MarketGroupId;
use engine_core::notice::DecidedBy;
use engine_core::paper::accounting;
use engine_core::pipeline::{self, BookView, Circumstances};
use engine_core::prediction::SignalSource;
use engine_core::strategy::BookId;
use engine_core::tuning::Thresholds;

use crate::engine::Engine;
use crate::paper::fill_of;
use crate::scan::Scan;
use crate::store::{ChangeKind, ProfileSave, SaveResult, StoreError, TrialBet, TrialRow};

/// What became of the wish to begin a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrialBegun {
    /// It runs from the next scan on.
    Begun,
    /// One runs already.
    Runs,
    /// There is no such strategy.
    Unknown,
}

impl Engine {
    /// Lets thresholds run beside the real ones of a book, from the bankroll that was put into it.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn begin_trial(
        &self,
        book: &BookId,
        thresholds: Thresholds,
        by: &DecidedBy,
    ) -> Result<TrialBegun, StoreError> {
        if self.default_profile(book).is_none() {
            return Ok(TrialBegun::Unknown);
        }
        let row = self.store.books().await?.into_iter().find(|row| row.book == *book);
        let bankroll = row.map_or(self.settings.bankroll, |row| row.capital);
        let begun = self.store.begin_trial(book, thresholds, bankroll, by, self.clock.now()).await?;
        Ok(if begun { TrialBegun::Begun } else { TrialBegun::Runs })
    }

    /// Makes thresholds on trial the real ones; `from` are those the person was shown as being in force.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn promote_trial(
        &self,
        book: &BookId,
        from: Thresholds,
        to: Thresholds,
        by: &DecidedBy,
    ) -> Result<SaveResult, StoreError> {
        let Some(profile) = self.default_profile(book) else { return Ok(SaveResult::Unknown) };
        let save = ProfileSave { book, defaults: Thresholds::of(profile), from, to, kind: ChangeKind::Promote, by };
        self.store.promote_trial(&save, self.clock.now()).await
    }

    /// What the trials make of a scan, each on what it has. To be asked before the scan's decisions are planned for money.
    pub(crate) async fn trial_bets(&self, scan: &Scan) -> anyhow::Result<Vec<TrialBet>> {
        let trials = self.store.running_trials().await?;
        if trials.is_empty() {
            return Ok(Vec::new());
        }
        let muted = self.store.muted_groups().await?;
        let order = pipeline::best_first(&scan.decisions);
        let mut bets = Vec::new();
        for trial in &trials {
            let Some(profile) = self.default_profile(&trial.book) else { continue };
            let mut view = self.store.trial_view(trial, trial.thresholds.applied_to(profile), scan.at).await?;
            for &index in &order {
                let quiet = |group: &MarketGroupId| muted.contains(group).then(|| "the event is muted".to_owned());
                bets.extend(self.try_one(scan, index, trial, &mut view, &quiet));
            }
        }
        Ok(bets)
    }

    fn try_one(
        &self,
        scan: &Scan,
        index: usize,
        trial: &TrialRow,
        view: &mut BookView,
        quiet: &dyn Fn(&MarketGroupId) -> Option<String>,
    ) -> Option<TrialBet> {
        let mut decision = scan.decisions.get(index)?.clone();
        let market = scan.markets.get(&decision.market_id)?;
        let evidence = scan.gathered.evidence(market, SignalSource::Ensemble, None, scan.at);
        let views = std::slice::from_ref(&*view);
        let circumstances = Circumstances { duplicate: quiet(&decision.group_id), ..Circumstances::new(views) };
        let signal = pipeline::plan(&mut decision, &evidence, &circumstances, &self.settings.gates)?;
        let decision = signal.decision();
        let own_book = evidence.sound_book(decision.candidate.as_ref()?.outcome)?;
        let now: DateTime<Utc> = scan.at;
        let fill = fill_of(signal.takers().next()?, decision, own_book, now, now)?;
        let position = accounting::open_position(decision, &trial.book, &fill, None)?;
        view.cash -= fill.notional + fill.fee;
        view.bets_today += 1;
        view.hold(&position, decision.category.as_deref());
        Some(TrialBet { trial: trial.id, position, category: decision.category.clone(), fill })
    }
}
