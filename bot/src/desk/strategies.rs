//! Facts of the strategies, and what buttons do to them.

use dialogues::facts::{
    CompareFacts, Facts, LastChange, ResetFacts, StrategiesFacts, StrategyFacts, StrategyPageFacts, TopUpFacts, Trial,
    TrialFacts, TrialFigures, TuneFacts,
};
use dialogues::message::Action;
use dialogues::tune::{TopUpDraft, TuneDraft, TunePurpose, TuneStep};
use dialogues::{ActionResult, TuneOutcome};
use engine::store::{BetSums, SaveResult, TopUpResult};
use engine::trials::TrialBegun;
use engine_core::notice::DecidedBy;
use engine_core::strategy::BookId;
use engine_core::tuning::Thresholds;

use super::EngineDesk;

impl EngineDesk {
    /// Every strategy as it stands, in the order of the settings.
    async fn all_strategies(&self) -> anyhow::Result<Vec<StrategyFacts>> {
        let mut reports = self.engine.store.report(self.now()).await?;
        let trials = self.engine.store.running_trials().await?;
        let in_force = self.engine.profiles().await?;
        let strategies = in_force.iter().zip(&self.engine.settings.profiles).filter_map(|(profile, default)| {
            let place = reports.iter().position(|report| report.book == profile.book)?;
            Some(StrategyFacts {
                report: reports.swap_remove(place),
                thresholds: Thresholds::of(profile),
                defaults: Thresholds::of(default),
                trial_since: trials.iter().find(|trial| trial.book == profile.book).map(|trial| trial.began_at),
            })
        });
        Ok(strategies.collect())
    }

    async fn strategy_of(&self, book: &BookId) -> anyhow::Result<Option<StrategyFacts>> {
        Ok(self.all_strategies().await?.into_iter().find(|strategy| strategy.report.book == *book))
    }

    pub(super) async fn strategies(&self) -> anyhow::Result<Facts> {
        Ok(Facts::Strategies(StrategiesFacts { strategies: self.all_strategies().await? }))
    }

    pub(super) async fn strategy(&self, book: &str) -> anyhow::Result<Facts> {
        let book = BookId::new(book);
        let Some(strategy) = self.strategy_of(&book).await? else { return Ok(missing(&book)) };
        let Some(preview) = self.engine.preview(&book, strategy.thresholds).await? else { return Ok(missing(&book)) };
        let last = self.engine.store.profile_changes(&book, 1).await?.pop();
        let last_change = last.map(|change| LastChange { at: change.at, by: name_of(change.by) });
        Ok(Facts::Strategy(Box::new(StrategyPageFacts { strategy, preview, last_change })))
    }

    pub(super) async fn tune(&self, draft: &TuneDraft) -> anyhow::Result<Facts> {
        let Some(strategy) = self.strategy_of(&draft.book).await? else { return Ok(missing(&draft.book)) };
        let preview = match draft.step {
            TuneStep::One { .. } => None,
            TuneStep::Edit | TuneStep::Confirm => self.engine.preview(&draft.book, draft.wanted).await?,
        };
        let settings = &self.engine.settings;
        Ok(Facts::Tune(Box::new(TuneFacts {
            draft: draft.clone(),
            strategy,
            preview,
            scan_every_secs: i64::try_from(settings.scan_every.as_secs()).unwrap_or(i64::MAX),
            early_exits: settings.stop_loss.is_some() || settings.exit_days.is_some(),
        })))
    }

    pub(super) async fn reset_ask(&self, book: &str) -> anyhow::Result<Facts> {
        let book = BookId::new(book);
        let strategy = self.strategy_of(&book).await?;
        Ok(strategy.map_or_else(|| missing(&book), |strategy| Facts::ResetProfile(Box::new(ResetFacts { strategy }))))
    }

    pub(super) async fn top_up_ask(&self, draft: &TopUpDraft) -> anyhow::Result<Facts> {
        let strategy = self.strategy_of(&draft.book).await?;
        Ok(strategy.map_or_else(
            || missing(&draft.book),
            |strategy| Facts::TopUp(Box::new(TopUpFacts { draft: draft.clone(), report: strategy.report })),
        ))
    }

    pub(super) async fn trial(&self, book: &str) -> anyhow::Result<Facts> {
        let book = BookId::new(book);
        let Some(strategy) = self.strategy_of(&book).await? else { return Ok(missing(&book)) };
        let store = &self.engine.store;
        let row = store.running_trials().await?.into_iter().find(|trial| trial.book == book);
        let trial = match row {
            Some(row) => Some(Trial {
                thresholds: row.thresholds,
                since: row.began_at,
                trial: figures(store.trial_sums(row.id).await?),
                real: figures(store.bet_sums(&book, row.began_at).await?),
            }),
            None => None,
        };
        Ok(Facts::Trial(Box::new(TrialFacts { strategy, trial })))
    }

    pub(super) async fn compare(&self) -> anyhow::Result<Facts> {
        let (window, compared) = self.engine.compare_profiles().await?;
        let strategies = compared.into_iter().map(|(profile, course)| (profile.book, course.figures)).collect();
        Ok(Facts::CompareProfiles(CompareFacts { since: window.since(), strategies }))
    }

    /// What a button asks of a strategy; `None` when it is about something else.
    pub(super) async fn act_on_strategy(
        &self,
        action: &Action,
        by: &DecidedBy,
    ) -> anyhow::Result<Option<ActionResult>> {
        let engine = &self.engine;
        let (book, outcome) = match action {
            Action::SaveProfile { draft } => {
                let TuneDraft { book, base, wanted, purpose, .. } = draft.as_ref();
                let result = match purpose {
                    TunePurpose::Change => engine.save_profile(book, *base, *wanted, by).await?,
                    TunePurpose::Promote => engine.promote_trial(book, *base, *wanted, by).await?,
                };
                let outcome = match (purpose, &result) {
                    // They were saved by hand meanwhile: the trial is over, and what was asked for holds.
                    (TunePurpose::Promote, SaveResult::Already) => TuneOutcome::Saved,
                    (_, _) => saved(&result, TuneOutcome::Saved),
                };
                (book, outcome)
            }
            Action::ResetProfile { book, from } => {
                let result = match engine.default_profile(book) {
                    Some(default) => engine.save_profile(book, *from, Thresholds::of(default), by).await?,
                    None => SaveResult::Unknown,
                };
                (book, saved(&result, TuneOutcome::Reset))
            }
            Action::TopUp { draft } => {
                let TopUpDraft { book, capital, amount } = draft.as_ref();
                let Some(amount) = amount else { anyhow::bail!("money was to be put in, but not how much") };
                if engine.default_profile(book).is_none() {
                    return Ok(Some(tuning(book, TuneOutcome::Unknown)));
                }
                let outcome = match engine.store.top_up(book, *capital, *amount, by, self.now()).await? {
                    TopUpResult::Done(bankroll) => TuneOutcome::ToppedUp(bankroll),
                    TopUpResult::Moved(_) => TuneOutcome::Moved,
                    TopUpResult::Unknown => TuneOutcome::Unknown,
                };
                (book, outcome)
            }
            Action::BeginTrial { draft } => {
                let outcome = match engine.begin_trial(&draft.book, draft.wanted, by).await? {
                    TrialBegun::Begun => TuneOutcome::TrialBegan,
                    TrialBegun::Runs => TuneOutcome::TrialRuns,
                    TrialBegun::Unknown => TuneOutcome::Unknown,
                };
                (&draft.book, outcome)
            }
            Action::EndTrial { book, thresholds } => {
                let ended = engine.store.drop_trial(book, *thresholds, self.now()).await?;
                (book, if ended { TuneOutcome::TrialEnded } else { TuneOutcome::NoTrial })
            }
            Action::Approve { .. }
            | Action::Skip { .. }
            | Action::Mute { .. }
            | Action::Close { .. }
            | Action::SetMode { .. }
            | Action::Promote { .. }
            | Action::KeepModel { .. }
            | Action::RollBack { .. }
            | Action::Follow { .. }
            | Action::SetStanding { .. }
            | Action::SetStage { .. }
            | Action::Unfollow { .. } => return Ok(None),
        };
        Ok(Some(tuning(book, outcome)))
    }
}

fn tuning(book: &BookId, outcome: TuneOutcome) -> ActionResult {
    ActionResult::Tuning { book: book.clone(), outcome }
}

const fn saved(result: &SaveResult, done: TuneOutcome) -> TuneOutcome {
    match result {
        SaveResult::Saved(_) => done,
        SaveResult::Already => TuneOutcome::Already,
        SaveResult::Moved(_) => TuneOutcome::Moved,
        SaveResult::Unknown => TuneOutcome::Unknown,
    }
}

const fn figures(sums: BetSums) -> TrialFigures {
    TrialFigures { bets: sums.bets, open: sums.open, staked: sums.staked, pnl: sums.pnl }
}

fn missing(book: &BookId) -> Facts {
    Facts::Missing(format!("strategy {book}"))
}

fn name_of(by: DecidedBy) -> Option<String> {
    match by {
        DecidedBy::Person { name, .. } => Some(name),
        DecidedBy::Auto | DecidedBy::Timeout => None,
    }
}
