//! The engine, seen from the chat: gathers the facts of screens and carries out what buttons ask for.

mod act;
mod copy;
mod health;
mod market;
mod models;
mod positions;
mod proof;
mod readings;
mod strategies;
mod traders;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use dialogues::ActionResult;
use dialogues::facts::{Facts, HomeFacts, ModesFacts, Reader, SignalWhyFacts, SignalsFacts, WhyFacts};
use dialogues::message::{Action, Message};
use dialogues::screen::Screen;
use engine::copy::{CopyEngine, Dossiers};
use engine::engine::Engine;
use engine_core::engines::{EngineKind, Engines};
use engine_core::notice::{BookReport, DecidedBy, SignalCard};
use engine_core::signal::Decision;

use crate::telegram::{Desk, Pending, Shown};
use readings::Readings;

/// Decided signals shown below those that wait.
const RECENT_SIGNALS: u64 = 5;

/// What a person sees when the facts of a screen cannot be had. The cause is in the log.
const SORRY: &str = "That did not work just now. Please try again in a moment; what happened is in the log.";

/// Answers for the engine.
pub struct EngineDesk {
    engine: Arc<Engine>,
    copying: Arc<CopyEngine>,
    dossiers: Arc<Dossiers>,
    readings: Readings,
    started_at: DateTime<Utc>,
}

impl EngineDesk {
    /// For the engines of a process that started then.
    #[must_use]
    pub fn new(copying: Arc<CopyEngine>, started_at: DateTime<Utc>) -> Self {
        let dossiers = copying.dossiers().clone();
        let engine = copying.engine().clone();
        let readings = Readings::new(dossiers.clone(), engine.clock.clone());
        Self { engine, copying, dossiers, readings, started_at }
    }

    /// The facts of a screen, and what it waits for while they are not complete.
    async fn facts(&self, screen: &Screen) -> anyhow::Result<(Facts, Option<Pending>)> {
        let facts = match screen {
            Screen::Home => self.home().await?,
            Screen::Signals => self.signals().await?,
            Screen::Signal { id } => self.signal(*id, |card| Facts::Signal(Box::new(card))).await?,
            Screen::SignalWhy { id } => self.signal_why(*id).await?,
            Screen::SignalChart { id } => self.signal(*id, |card| Facts::SignalChart(Box::new(card))).await?,
            Screen::Open { page } => self.open(*page).await?,
            Screen::ClosePreview { position } => self.close_preview(*position).await?,
            Screen::PositionWhy { position } => self.position_why(*position).await?,
            Screen::PositionChart { position } => self.position_chart(*position).await?,
            Screen::Stats { book, period } => self.stats(book.clone(), *period).await?,
            Screen::EquityChart => Facts::EquityChart(self.books().await?),
            Screen::Brier => Facts::Brier(self.brier().await?),
            Screen::ReliabilityChart => Facts::ReliabilityChart(self.brier().await?),
            Screen::Why { query: None } => self.why().await?,
            Screen::Why { query: Some(query) } => self.market_why(query).await?,
            Screen::Modes => Facts::Modes(self.modes().await?),
            Screen::PauseAll => Facts::PauseAll(self.modes().await?),
            Screen::Strategies => self.strategies().await?,
            Screen::Strategy { book } => self.strategy(book).await?,
            Screen::Tune { draft } => self.tune(draft).await?,
            Screen::ResetProfile { book } => self.reset_ask(book).await?,
            Screen::TopUp { draft } => self.top_up_ask(draft).await?,
            Screen::Trial { book } => self.trial(book).await?,
            Screen::CompareProfiles => self.compare().await?,
            Screen::Models => self.models().await?,
            Screen::Model { id } => self.model(*id).await?,
            Screen::Leaderboard { period, page } => self.leaderboard(*period, *page).await,
            Screen::Trader { wallet, again } => return self.trader(wallet, *again).await,
            Screen::FindTrader { query } => return self.find_trader(query).await,
            Screen::TraderChart { wallet } => self.trader_chart(wallet).await?,
            Screen::Traders { page } => Facts::Traders(self.traders(None, *page).await?),
            Screen::UnfollowWhom { query, page } => Facts::UnfollowWhom(self.traders(query.as_deref(), *page).await?),
            Screen::Followed { wallet } => self.followed(wallet).await?,
            Screen::Follow { draft } => self.follow_terms(draft).await?,
            Screen::Unfollow { wallet } => self.unfollow_ask(wallet).await?,
            Screen::StageAsk { wallet, stage } => self.stage_ask(wallet, *stage).await?,
            Screen::Copy => self.copy().await?,
            Screen::Health => self.health().await?,
            Screen::Help => Facts::Help,
        };
        Ok((facts, None))
    }

    fn now(&self) -> DateTime<Utc> {
        self.engine.clock.now()
    }

    /// The books this chat shows.
    async fn books(&self) -> anyhow::Result<Vec<BookReport>> {
        let mut books = self.engine.store.report(self.now()).await?;
        books.retain(|report| self.engine.settings.engines.show(&report.book));
        Ok(books)
    }

    /// True for a signal this chat shows.
    fn shows(&self, signal: &Decision) -> bool {
        let engines = self.engine.settings.engines;
        engines != Engines::Copy || engines.run(EngineKind::of_source(signal.source))
    }

    async fn home(&self) -> anyhow::Result<Facts> {
        let store = &self.engine.store;
        let pending = store.pending_signals().await?.iter().filter(|row| self.shows(&row.decision)).count();
        Ok(Facts::Home(HomeFacts {
            books: self.books().await?,
            last_scan: store.last_scan().await?,
            model: self.engine.model.info().map(|info| info.version),
            pending: u32::try_from(pending).unwrap_or(u32::MAX),
            note: None,
        }))
    }

    async fn signals(&self) -> anyhow::Result<Facts> {
        let store = &self.engine.store;
        let pending = store.pending_signals().await?.into_iter().filter(|row| self.shows(&row.decision));
        let pending = pending.map(|row| row.into_card()).collect();
        let mut recent = Vec::new();
        for row in store.recent_signals(RECENT_SIGNALS).await? {
            recent.extend(store.signal_card(row.id).await?.filter(|card| self.shows(&card.decision)));
        }
        Ok(Facts::Signals(SignalsFacts { pending, recent }))
    }

    async fn signal(&self, id: i64, facts: fn(SignalCard) -> Facts) -> anyhow::Result<Facts> {
        let card = self.engine.store.signal_card(id).await?;
        Ok(card.map_or_else(|| Facts::Missing(format!("signal {id}")), facts))
    }

    async fn signal_why(&self, id: i64) -> anyhow::Result<Facts> {
        let Some(card) = self.engine.store.signal_card(id).await? else {
            return Ok(Facts::Missing(format!("signal {id}")));
        };
        let features = self.engine.store.signal_features(id).await?.map(|(_, features)| features);
        Ok(Facts::SignalWhy(Box::new(SignalWhyFacts { card, features })))
    }

    async fn why(&self) -> anyhow::Result<Facts> {
        let now = self.now();
        let midnight = now.date_naive().and_time(chrono::NaiveTime::MIN).and_utc();
        let store = &self.engine.store;
        let scans = store.scans_since(midnight).await?;
        Ok(Facts::Why(WhyFacts {
            funnel: store.funnel_today(now).await?,
            scans: u32::try_from(scans.len()).unwrap_or(u32::MAX),
            signals: store.signals_raised_since(midnight).await?,
            bets: store.bets_opened_since(midnight).await?,
        }))
    }

    async fn modes(&self) -> anyhow::Result<ModesFacts> {
        let books = self.engine.store.books().await?;
        Ok(ModesFacts { books: books.into_iter().map(|row| (row.book, row.mode)).collect() })
    }
}

#[async_trait]
impl Desk for EngineDesk {
    async fn screen(&self, screen: &Screen, reader: &Reader, note: Option<&str>) -> Shown {
        match self.facts(screen).await {
            Ok((Facts::Home(facts), _)) => {
                let facts = HomeFacts { note: note.map(str::to_owned), ..facts };
                dialogues::view::screen(&Facts::Home(facts), reader).into()
            }
            Ok((facts, pending)) => Shown { message: dialogues::view::screen(&facts, reader), pending },
            Err(error) => {
                tracing::error!(?screen, error = format!("{error:#}"), "the facts of a screen could not be gathered");
                Message { html: SORRY.to_owned(), ..Message::default() }.into()
            }
        }
    }

    async fn perform(&self, action: &Action, by: &DecidedBy) -> ActionResult {
        match self.act(action, by).await {
            Ok(result) => result,
            Err(error) => {
                tracing::error!(?action, error = format!("{error:#}"), "an action failed");
                ActionResult::Failed { sentence: SORRY.to_owned() }
            }
        }
    }
}
