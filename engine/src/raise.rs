//! What follows from a scan: the log, signals for the owner, and bets of books in auto mode.

use std::collections::BTreeMap;
use std::time::Instant;

use anyhow::Context as _;
use chrono::{DateTime, TimeDelta, Utc};
use engine_core::engines::EngineKind;
use engine_core::features::FEATURES_VERSION;
use engine_core::gate::Gate;
use engine_core::notice::{DecidedBy, Notice, ScanSummary, SignalCard};
use engine_core::pipeline::{self, BookView, Circumstances, Exposure};
use engine_core::prediction::SignalSource;
use engine_core::signal::{Decision, SignalStatus};
use engine_core::strategy::{BookId, BookMode, StrategyProfile};
use engine_core::tuning::{LoggedCandidate, LoggedScan};

use crate::engine::Engine;
use crate::meter;
use crate::outgoing::{self, Outgoing};
use crate::predict::ModelInfo;
use crate::scan::Scan;
use crate::store::{BookState, CreateResult, NewBet, NewSignal, Tried};

/// A scan and what followed from it.
#[derive(Debug)]
pub struct ScanReport {
    /// When it judged.
    pub at: DateTime<Utc>,
    /// Counts, gate by gate.
    pub summary: ScanSummary,
    /// Every market's decision.
    pub decisions: Vec<Decision>,
    /// The model that forecast, or why there is none.
    pub model: Result<ModelInfo, String>,
    /// Milliseconds by stage, in real time.
    pub timing_ms: BTreeMap<&'static str, u64>,
}

impl Engine {
    /// One scan with all that follows from it. A dry run only looks and plans.
    ///
    /// # Errors
    /// When the venue could not be read or the store refuses.
    pub async fn scan(&self, dry_run: bool) -> anyhow::Result<ScanReport> {
        let started = self.clock.now();
        let begun = Instant::now();
        // A model promoted meanwhile forecasts from this scan on. That it does not load stops nothing.
        if let Err(error) = self.refresh_model().await {
            tracing::error!(error = format!("{error:#}"), "the model could not be looked after");
        }
        // What was saved meanwhile holds from here to the end of the scan.
        let profiles = self.profiles().await.context("reading the strategies' thresholds")?;
        let mut scan = self.look().await?;
        let tried = self.tried(&scan, dry_run).await;
        let mut bets = 0;
        {
            // Bets are placed one decision at a time, each on what the one before left.
            let _money = self.money.lock().await;
            for index in pipeline::best_first(&scan.decisions) {
                bets += self.raise(&mut scan, index, &profiles, dry_run).await?;
            }
            // In the order in which money moved, so before anybody else may move any.
            if let Some(recording) = scan.recording.take().filter(|_| !dry_run) {
                self.journal.keep(recording.finish(&scan), &self.incidents).await;
            }
        }
        let summary = self.summarise(&scan, bets, begun);
        if !dry_run {
            // Markets that nobody trades would fill the table of newest decisions and answer nobody's question.
            let keep = |decision: &Decision| decision.stopped_at.is_none_or(|gate| gate > Gate::Volume);
            let ended = self.clock.now();
            self.store
                .record_scan(started, ended, &summary, &scan.decisions, &tried, keep)
                .await
                .context("recording the scan")?;
            meter::scan(&summary);
            scan.timing_ms.iter().for_each(|(stage, took_ms)| meter::stage(stage, *took_ms));
            meter::bets("auto", usize::try_from(bets).unwrap_or(usize::MAX));
        }
        let Scan { at, decisions, model, timing_ms, .. } = scan;
        Ok(ScanReport { at, summary, decisions, model, timing_ms })
    }

    /// Plans one candidate, and unless dry raises it. Gives the number of bets placed at once.
    async fn raise(
        &self,
        scan: &mut Scan,
        index: usize,
        profiles: &[StrategyProfile],
        dry_run: bool,
    ) -> anyhow::Result<u64> {
        let Some(decision) = scan.decisions.get_mut(index) else { return Ok(0) };
        let Some(market) = scan.markets.get(&decision.market_id) else { return Ok(0) };
        let now = scan.at;
        let say = self.say(SignalSource::Ensemble, now).await?;
        let mut views = self.book_views(profiles, now).await?;
        let mut duplicate = say.nobody(&decision.condition_id, &decision.group_id);
        if duplicate.is_none()
            && let Some(reason) = say.not_asking(&decision.condition_id)
        {
            views.retain(|view| view.mode == BookMode::Auto);
            duplicate = views.is_empty().then_some(reason);
        }
        let evidence = scan.gathered.evidence(market, SignalSource::Ensemble, None, now);
        let circumstances = Circumstances { duplicate, ..Circumstances::new(&views) };
        let signal = pipeline::plan(decision, &evidence, &circumstances, &self.settings.gates);
        if let Some(recording) = &mut scan.recording {
            recording.raise(decision, &views, circumstances.duplicate);
        }
        let Some(signal) = signal else { return Ok(0) };
        if dry_run {
            return Ok(0);
        }
        let mode_of = |book: &BookId| views.iter().find(|view| view.profile.book == *book).map(|view| view.mode);
        let fills = pipeline::fills_at_once(&signal, &evidence, &views, || self.clock.now());
        let auto_bets: Vec<NewBet> =
            fills.iter().cloned().map(|(book, fill)| NewBet { book, fill, trader: None }).collect();
        let asks = signal.takers().any(|plan| mode_of(&plan.book) == Some(BookMode::Approve));
        let features = scan.features.get(&decision.market_id);
        // Nobody can approve a bet on a market that has ended.
        let patience = TimeDelta::from_std(self.settings.signal_expiry).unwrap_or(TimeDelta::MAX);
        let expires_at = decision.end_at.map_or(now + patience, |end| end.min(now + patience));
        let new = NewSignal {
            decision,
            features: features.map_or(&[], |features| features.as_slice()),
            features_version: FEATURES_VERSION,
            at: now,
            expires_at,
            status: if asks { SignalStatus::Pending } else { SignalStatus::Auto },
            auto_bets,
        };
        let recipient = self.settings.recipient;
        let created = self.store.create_signal(new, |card| outgoing::rows(recipient, notices(card))).await?;
        if let Some(recording) = &mut scan.recording {
            recording.bet(fills, &|book| refusal(&created, book));
        }
        match created {
            CreateResult::Created { card, refused } => {
                for (book, reason) in refused {
                    tracing::warn!(signal = card.signal_id, %book, %reason, "a bet was refused");
                }
                Ok(u64::try_from(card.bets.len()).unwrap_or(u64::MAX))
            }
            CreateResult::AlreadyPending(_) | CreateResult::Refused(_) | CreateResult::NotTaken(_) => Ok(0),
        }
    }

    /// What a scan leaves for tuning: the candidates that reach the books, in the order they are taken to them, and what
    /// thresholds on trial make of them. A trial that fails stops no bet.
    async fn tried(&self, scan: &Scan, dry_run: bool) -> Tried {
        let bets = match dry_run {
            true => Ok(Vec::new()),
            false => self.trial_bets(scan).await,
        };
        let bets = bets.unwrap_or_else(|error| {
            tracing::error!(error = format!("{error:#}"), "the thresholds on trial could not be looked after");
            Vec::new()
        });
        Tried { candidates: self.candidates_of(scan), bets }
    }

    fn candidates_of(&self, scan: &Scan) -> LoggedScan {
        let logged = |index: usize| {
            let decision = scan.decisions.get(index)?;
            let market = scan.markets.get(&decision.market_id)?;
            let own_book = scan.gathered.book(market, decision.candidate.as_ref()?.outcome)?;
            LoggedCandidate::of(decision, own_book, &self.settings.gates)
        };
        let candidates = pipeline::best_first(&scan.decisions).into_iter().filter_map(logged).collect();
        LoggedScan { at: scan.at, candidates }
    }

    /// What plans must know of the books of these strategies, in their order.
    pub(crate) async fn book_views(
        &self,
        profiles: &[StrategyProfile],
        now: DateTime<Utc>,
    ) -> anyhow::Result<Vec<BookView>> {
        let states = self.store.book_states(now).await?;
        let view = |profile: &StrategyProfile| {
            let state = states.iter().find(|state| state.book == profile.book)?;
            Some(view_of(profile, state.clone()))
        };
        Ok(profiles.iter().filter_map(view).collect())
    }

    /// The same of the book that copies; `None` before it was made.
    pub(crate) async fn copy_view(&self, now: DateTime<Utc>) -> anyhow::Result<Option<BookView>> {
        let profile = &self.settings.copy.profile;
        let state = self.store.book_state(&profile.book, now).await?;
        Ok(state.map(|state| view_of(profile, state)))
    }

    fn summarise(&self, scan: &Scan, bets: u64, begun: Instant) -> ScanSummary {
        let count = |wanted: fn(&Decision) -> bool| {
            u64::try_from(scan.decisions.iter().filter(|decision| wanted(decision)).count()).unwrap_or(u64::MAX)
        };
        ScanSummary {
            at: Some(self.clock.now()),
            fetched: u64::try_from(scan.decisions.len()).unwrap_or(u64::MAX),
            scored: count(Decision::is_scored),
            signals: count(|decision| decision.final_gate().is_none()),
            bets,
            skipped: scan.skipped.clone(),
            funnel: pipeline::funnel(&scan.decisions),
            // How long the machine worked is real time, whatever the clock shows.
            took_ms: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
        }
    }

    /// Turns signals of our engines whose time is over into expired ones and edits their cards.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn expire_signals(&self) -> anyhow::Result<()> {
        let now = self.clock.now();
        let engines = self.settings.engines;
        let overdue = self.store.overdue_signals(now).await?.into_iter();
        for row in overdue.filter(|row| engines.run(EngineKind::of_source(row.decision.source))) {
            self.decide(row.id, SignalStatus::Expired, DecidedBy::Timeout).await?;
        }
        Ok(())
    }
}

fn view_of(profile: &StrategyProfile, state: BookState) -> BookView {
    let BookState { mode, cash, open_groups, bets_today, by_market, by_group, by_category, .. } = state;
    let exposure = Exposure { by_market, by_group, by_category };
    BookView { profile: profile.clone(), mode, cash, open_groups, bets_today, exposure }
}

/// Why a bet was not placed; `None` when it was.
fn refusal(created: &CreateResult, book: &BookId) -> Option<String> {
    match created {
        CreateResult::Created { refused, .. } | CreateResult::Refused(refused) => {
            refused.iter().find(|(refused, _)| refused == book).map(|(_, why)| why.to_string())
        }
        CreateResult::AlreadyPending(id) => Some(format!("signal {id} waits for a decision")),
        CreateResult::NotTaken(_) => Some("not taken".to_owned()),
    }
}

/// What the owner hears of a new signal.
fn notices(card: &SignalCard) -> Vec<Outgoing> {
    let mut notices = Vec::new();
    if !card.bets.is_empty() {
        notices.push(Outgoing::news(Notice::BetPlaced {
            signal_id: card.signal_id,
            decision: Box::new(card.decision.clone()),
            bets: card.bets.clone(),
        }));
    }
    if card.status == SignalStatus::Pending {
        notices.push(Outgoing::signal(card, false));
    }
    notices
}
