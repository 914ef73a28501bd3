//! The bot put together: database, model, engine, chat, status pages; from start to an orderly end.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use chrono::{DateTime, TimeDelta, Utc};
use engine::champion::{Library, serving_model};
use engine::copy::CopyEngine;
use engine::engine::Engine;
use engine::journal::Journal;
use engine::model_slot::ModelSlot;
use engine::recipient::Recipient;
use engine::settings::{CopySettings, EngineSettings, ModelSettings};
use engine::store::{Store, StoreError};
use engine_clock::Clock;
use engine_core::engines::EngineKind;
use engine_core::pipeline::{ExposureCaps, GateSettings};
use engine_core::strategy::{BookMode, StrategyProfile};
use polymarket::{Hosts, Options, Polymarket};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::chat_store::ChatRows;
use crate::config::{ChatAccess, Settings};
use crate::desk::EngineDesk;
use crate::http::{self, StatusPages};
use crate::leases::{Leases, open_store};
use crate::metrics;
use crate::painter::ChartPainter;
use crate::telegram::{self, Bell, Limits, Wiring};

/// Real time between two looks whether the leases are still ours.
const LEASE_CHECK_EVERY: Duration = Duration::from_secs(30);
/// How long, in real time, an orderly end waits for presses and loops under way. What they have not written by then is
/// done at the next start, or never was begun: each step is one transaction.
const PATIENCE: Duration = Duration::from_secs(4);
/// What is said of the model where its engine does not run.
const NO_MODEL_HERE: &str = "the signals do not run in this process";
/// How long it waits for the last messages to be delivered.
const DELIVERY_PATIENCE: Duration = Duration::from_secs(20);

/// The bot at work.
pub struct App {
    /// The engine.
    pub engine: Arc<Engine>,
    /// Where the status pages listen.
    pub status: SocketAddr,
    chat: telegram::Running,
    bell: Bell,
    loops: Vec<JoinSet<()>>,
    shutdown: CancellationToken,
    leases: Leases,
}

impl App {
    /// Brings the schema up to date, loads the model if its engine runs here, and starts everything.
    ///
    /// # Errors
    /// When the database, a port or the settings do not let the bot start. An outside host that does not answer is no
    /// reason not to.
    pub async fn start(settings: &Settings, clock: Clock) -> anyhow::Result<Self> {
        let access = settings.chat()?;
        let store = open_store(settings.database_url()).await?;
        // First of all: a process that may not run here has no time to lose with the model, and nothing to change.
        let leases = Leases::take(&store, settings.engines(), access.bot).await?;
        let model = if settings.engines().run(EngineKind::Ml) {
            load_model(settings, &store, clock.now(), true).await?
        } else {
            ModelSlot::without(NO_MODEL_HERE.to_owned())
        };
        Self::start_on(settings, clock, access, store, leases, model).await
    }

    /// The same with a model of the caller's.
    ///
    /// # Errors
    /// As for [`App::start`].
    pub async fn start_with(settings: &Settings, clock: Clock, model: ModelSlot) -> anyhow::Result<Self> {
        let access = settings.chat()?;
        let store = open_store(settings.database_url()).await?;
        let leases = Leases::take(&store, settings.engines(), access.bot).await?;
        Self::start_on(settings, clock, access, store, leases, model).await
    }

    async fn start_on(
        settings: &Settings,
        clock: Clock,
        access: ChatAccess,
        store: Store,
        leases: Leases,
        model: ModelSlot,
    ) -> anyhow::Result<Self> {
        let started_at = clock.now();
        let engines = settings.engines();
        let inherited = store.sign_in(access.bot, engines, started_at).await?;
        if inherited > 0 {
            tracing::info!(messages = inherited, "messages another bot has left unsent go out here");
        }
        let engine = engine(settings, clock.clone(), store.clone(), model, Some(recipient(&access))).await?;
        let shutdown = CancellationToken::new();
        let pages = StatusPages { engine: engine.clone(), metrics: metrics::install()?, started_at };
        let status = http::serve(pages, settings.metrics_address(), shutdown.clone()).await?;
        let bell = Bell::default();
        let copying = Arc::new(CopyEngine::new(engine.clone()));
        let chat = telegram::start(wiring(access, &copying, clock, started_at, bell.clone()))?;
        if engines.run(EngineKind::Ml) {
            // What is wrong with the model, if anything, is told with the news that the bot is up.
            engine.refresh_model().await?;
        }
        engine.tell_started(env!("CARGO_PKG_VERSION")).await?;
        bell.ring();
        let mut loops = vec![engine::loops::spawn(&engine, &shutdown)];
        if engines.run(EngineKind::Copy) {
            loops.push(engine::copy::spawn(&copying, &shutdown));
        }
        Ok(Self { engine, status, chat, bell, loops, shutdown, leases })
    }

    /// Brings the schema up to date and gives every book a mode before anything runs, for a bot nobody will be there to
    /// answer.
    ///
    /// # Errors
    /// When the database does not allow it.
    pub async fn preset_modes(settings: &Settings, clock: &Clock, mode: BookMode) -> anyhow::Result<()> {
        let store = open_store(settings.database_url()).await?;
        for profile in &settings.strategies {
            store.ensure_book(&profile.book, settings.bankroll, clock.now()).await?;
        }
        store.set_mode(None, mode).await?;
        Ok(store.close().await?)
    }

    /// An engine without a chat, for commands. A dry run on a database that does not exist works on a throw-away one,
    /// which goes with the [`Scratch`].
    ///
    /// # Errors
    /// When the database or the settings do not allow it.
    pub async fn engine_for_commands(
        settings: &Settings,
        dry_run: bool,
    ) -> anyhow::Result<(Arc<Engine>, Option<Scratch>)> {
        let clock = settings.clock();
        let recipient = settings.chat().ok().map(|access| recipient(&access));
        if dry_run && is_missing_file(settings.database_url()) {
            let scratch = Scratch(std::env::temp_dir().join(format!("oddsmith-dry-{}", std::process::id())));
            let url = format!("sqlite://{}", scratch.0.join("dry.sqlite").display());
            let store = open_store(&url).await?;
            let model = load_model(settings, &store, clock.now(), false).await?;
            let engine = engine(settings, clock, store, model, None).await?;
            return Ok((engine, Some(scratch)));
        }
        let store = open_store(settings.database_url()).await?;
        let model = load_model(settings, &store, clock.now(), !dry_run).await?;
        Ok((engine(settings, clock, store, model, recipient).await?, None))
    }

    /// Watches that no other process can run these engines on this database, or speak through this bot; comes back only
    /// when that is no longer sure (PostgreSQL ended a session that holds a lease). The bot must stop then.
    pub async fn lease_lost(&self) -> StoreError {
        loop {
            tokio::time::sleep(LEASE_CHECK_EVERY).await;
            match self.leases.check().await {
                Err(lost @ StoreError::Lease { .. }) => return lost,
                Err(error) => tracing::warn!(%error, "the lease on the database could not be checked"),
                Ok(()) => {}
            }
        }
    }

    /// Ends everything in order: no more presses, loops finish their run, the owner is told, messages go out, the
    /// database is closed. True when nothing was left unsent.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn stop(mut self) -> anyhow::Result<bool> {
        self.chat.stop_listening(PATIENCE).await;
        self.shutdown.cancel();
        let all = async {
            for loops in &mut self.loops {
                while loops.join_next().await.is_some() {}
            }
        };
        if tokio::time::timeout(PATIENCE, all).await.is_err() {
            tracing::warn!("a loop did not finish in time and is left where it was");
            for loops in &mut self.loops {
                loops.shutdown().await;
            }
        }
        self.engine.tell_stopping().await?;
        self.bell.ring();
        let drained = self.chat.finish(DELIVERY_PATIENCE).await;
        let sent = drained && self.engine.outbox_stats().await?.pending == 0;
        let total = self.engine.store.ledger_total().await?;
        anyhow::ensure!(total == engine_core::money::Usd::ZERO, "the ledger is off balance by {total} dollars");
        self.leases.release().await?;
        self.engine.store.clone().close().await?;
        Ok(sent)
    }
}

/// The folder of a throw-away database; removed when dropped. The pool opens connections by the file's name whenever it
/// needs one more, so it must outlive the engine.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, "the throw-away database could not be removed");
        }
    }
}

/// The owner's chat with the bot of this process.
const fn recipient(access: &ChatAccess) -> Recipient {
    Recipient { bot: access.bot, chat: access.owner }
}

fn is_missing_file(url: &str) -> bool {
    let path = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:"));
    let path = path.map(|path| path.split('?').next().unwrap_or(path));
    path.is_some_and(|path| !std::path::Path::new(path).exists())
}

/// The model to serve, or why there is none. A shipped model that is new here is noted if `register` says so.
async fn load_model(
    settings: &Settings,
    store: &Store,
    now: DateTime<Utc>,
    register: bool,
) -> anyhow::Result<ModelSlot> {
    serving_model(store, &Library::new(&model_settings(settings)), now, register).await
}

/// Where models are.
pub(crate) fn model_settings(settings: &Settings) -> ModelSettings {
    let retraining = &settings.retraining;
    ModelSettings {
        shipped: settings.model_dir.clone(),
        library: retraining.store.clone(),
        retrain_every: settings.intervals.retrain,
        trainer: retraining.trainer.clone(),
        trainer_limit: retraining.limit,
        training_data: retraining.data.clone(),
    }
}

async fn engine(
    settings: &Settings,
    clock: Clock,
    store: Store,
    model: ModelSlot,
    recipient: Option<Recipient>,
) -> anyhow::Result<Arc<Engine>> {
    let now = clock.now();
    let settings_of_engine = engine_settings(settings, recipient);
    let copy = &settings_of_engine.copy;
    let strategies = settings.strategies.iter().map(|profile| (&profile.book, settings.bankroll));
    for (book, bankroll) in strategies.chain([(&copy.profile.book, copy.bankroll)]) {
        if settings.engines().keep(book) {
            store.ensure_book(book, bankroll, now).await?;
        }
    }
    let venue = venue(settings, clock.clone())?;
    let journal = settings.journal().filter(|_| settings.engines().run(EngineKind::Ml)).map(Journal::new);
    let engine = Engine::new(settings_of_engine, clock, store, venue, model).with_journal(journal.unwrap_or_default());
    engine.restore_calibration().await?;
    Ok(Arc::new(engine))
}

/// The Polymarket client of the settings' hosts.
///
/// # Errors
/// When an address cannot be used.
pub fn venue(settings: &Settings, clock: Clock) -> anyhow::Result<Polymarket> {
    let hosts = Hosts {
        gamma: settings.hosts.gamma.to_string(),
        clob: settings.hosts.clob.to_string(),
        data_api: settings.hosts.data_api.to_string(),
    };
    // A stand-in world runs on this machine and faster than real time: the venue's limits would only slow it down.
    let rate_scale = clock.speed().unwrap_or(1.0).max(1.0);
    let options = Options { rate_scale, clock, ..Options::default() };
    Polymarket::new(&hosts, &options).context("building the Polymarket client")
}

/// Limits of the gates.
pub(crate) fn gate_settings(settings: &Settings) -> GateSettings {
    let gates = &settings.gates;
    GateSettings {
        min_volume: gates.min_volume,
        max_days_to_expiry: gates.max_days_to_expiry,
        min_book_depth: gates.min_book_depth,
        block_sports: gates.block_sports,
        block_yes_side: gates.block_yes_side,
        ensemble_min_effective_edge: gates.ensemble_min_effective_edge,
        min_effective_edge: gates.min_effective_edge,
        copy_min_effective_edge: settings.copy.min_effective_edge,
        min_bet_price: gates.min_bet_price,
        min_kelly_size: gates.min_kelly_size,
        lr_damping: gates.lr_damping,
        slippage: gates.slippage,
        fee_fallback_micros: gates.fee_fallback_micros,
        caps: ExposureCaps {
            per_market: gates.cap_per_market,
            per_event: gates.cap_per_event,
            per_category: gates.cap_per_category,
        },
    }
}

fn engine_settings(settings: &Settings, recipient: Option<Recipient>) -> EngineSettings {
    let gates = &settings.gates;
    EngineSettings {
        gates: gate_settings(settings),
        profiles: settings.strategies.clone(),
        bankroll: settings.bankroll,
        scan_every: settings.intervals.bet_scan,
        housekeeping_every: settings.intervals.housekeeping,
        heartbeat_every: settings.intervals.heartbeat,
        signal_expiry: settings.signal_expiry,
        max_candidates: usize::try_from(gates.max_model_candidates).unwrap_or(usize::MAX),
        stop_loss: settings.exits.stop_loss,
        exit_days: settings.exits.days_before_expiry,
        unresolved_alert_after: settings.unresolved_alert,
        retention_days: settings.retention_days,
        models: model_settings(settings),
        copy: CopySettings {
            profile: StrategyProfile::copying(settings.copy.kelly_fraction),
            bankroll: settings.copy.bankroll,
            poll_every: settings.intervals.copy_trade,
        },
        engines: settings.engines(),
        recipient,
    }
}

fn wiring(
    access: ChatAccess,
    copying: &Arc<CopyEngine>,
    clock: Clock,
    started_at: DateTime<Utc>,
    bell: Bell,
) -> Wiring {
    let engine = copying.engine();
    let real_time = clock.speed().unwrap_or(1.0);
    Wiring {
        engines: engine.settings.engines,
        store: Arc::new(ChatRows::new(engine.store.clone(), clock.clone(), access.bot)),
        access,
        desk: Arc::new(EngineDesk::new(copying.clone(), started_at)),
        painter: Arc::new(ChartPainter::new(engine.clone())),
        board: engine.board.clone(),
        limits: limits(real_time),
        clock,
        bell,
    }
}

/// Telegram's limits are of real time; the pacer counts in the clock's.
fn limits(speed: f64) -> Limits {
    let usual = Limits::default();
    if speed <= 1.0 {
        return usual;
    }
    // A stand-in Telegram has no limits of its own: at speed, a second of the clock passes in milliseconds.
    Limits { chat_gap: TimeDelta::zero(), group_a_minute: usize::MAX, all_a_second: usize::MAX }
}
