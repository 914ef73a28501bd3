//! The stand-in world in this process, and what every life of the bot shares: database and settings.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use engine::store::Store;
use engine_clock::Clock;
use engine_core::money::Usd;
use engine_core::strategy::{BookId, BookMode};
use sandbox::polymarket::PolymarketServer;
use sandbox::telegram::{OWNER, Options, TelegramServer};
use sandbox::world::{World, WorldConfig};
use tempfile::TempDir;

use crate::life::Life;

/// Evening, so that midnight with its daily report is passed early on.
const START: &str = "2026-11-02T22:30:00Z";
/// Enough for every bet the strategies may place in two days.
const BANKROLL_DOLLARS: i64 = 2000;
const STEP: Duration = Duration::from_millis(20);

/// See the module.
pub(crate) struct Stage {
    pub(crate) clock: Clock,
    pub(crate) start: DateTime<Utc>,
    pub(crate) venue: PolymarketServer,
    pub(crate) telegram: TelegramServer,
    settings: Vec<(&'static str, String)>,
    _world: Arc<World>,
    folder: TempDir,
}

impl Stage {
    pub(crate) async fn open(seed: u64, speed: f64) -> Self {
        let start: DateTime<Utc> = START.parse().unwrap();
        let clock = Clock::scaled(start, speed);
        let world = World::simulated(WorldConfig::new(seed, start, clock.clone()).with_demo().with_markets(160));
        let venue = PolymarketServer::start(world.clone()).await.unwrap();
        let telegram = TelegramServer::start(Options { page_port: None, ..Options::new(clock.clone()) }).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models");
        let settings = vec![
            ("GAMMA_URL", venue.gamma_url.clone()),
            ("CLOB_URL", venue.clob_url.clone()),
            ("DATA_API_URL", venue.data_url.clone()),
            ("CLOB_WS_URL", venue.ws_url.clone()),
            ("TELEGRAM_API_URL", telegram.api_url()),
            ("TELEGRAM_BOT_TOKEN", telegram.token().to_owned()),
            ("TELEGRAM_CHAT_ID", OWNER.to_string()),
            ("DATABASE_URL", format!("sqlite://{}?mode=rwc", folder.path().join("bot.sqlite").display())),
            ("MODEL_DIR", models.display().to_string()),
            ("METRICS_PORT", "0".to_owned()),
            ("LR_DAMPING", "1".to_owned()),
            ("STRATEGY_BANKROLL", BANKROLL_DOLLARS.to_string()),
            ("BET_SCAN_INTERVAL_MINS", "4".to_owned()),
            ("SCAN_INTERVAL_MINS", "3".to_owned()),
            ("HEARTBEAT_INTERVAL_MINS", "60".to_owned()),
            ("SIGNAL_EXPIRY_MINS", "120".to_owned()),
            ("CLOCK_SPEED", speed.to_string()),
        ];
        Self { clock, start, venue, telegram, settings, _world: world, folder }
    }

    /// One book bets by itself, the others ask.
    pub(crate) async fn prepare_books(&self) {
        let store = self.store().await;
        migration::up(store.connection()).await.unwrap();
        for book in ["aggressive", "balanced", "conservative"] {
            let bankroll = Usd::from_micros(BANKROLL_DOLLARS * 1_000_000);
            store.ensure_book(&BookId::new(book), bankroll, self.start).await.unwrap();
        }
        store.set_mode(Some(&BookId::new(AUTO)), BookMode::Auto).await.unwrap();
        store.close().await.unwrap();
    }

    /// The next life of the bot. Its clock starts at the world's time.
    pub(crate) fn spawn(&self) -> Life {
        let log = std::fs::File::options().create(true).append(true).open(self.file("bot.log")).unwrap();
        let mut settings = self.settings.clone();
        settings.push(("CLOCK_START", self.clock.now().timestamp().to_string()));
        Life::start(&settings, log, self.folder.path())
    }

    pub(crate) async fn store(&self) -> Store {
        let url = &self.settings.iter().find(|(name, _)| *name == "DATABASE_URL").unwrap().1;
        Store::connect(url).await.unwrap()
    }

    /// What all lives wrote to standard error, the end of it.
    pub(crate) fn log(&self) -> String {
        let text = std::fs::read_to_string(self.file("bot.log")).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(60)..].join("\n")
    }

    /// Size of the database's write-ahead log.
    pub(crate) fn log_size(&self) -> u64 {
        std::fs::metadata(self.file("bot.sqlite-wal")).map_or(0, |file| file.len())
    }

    /// Calls to Telegram so far, polls apart.
    pub(crate) fn calls_made(&self) -> u64 {
        let calls = self.telegram.calls();
        calls.iter().filter(|call| call.method != "getUpdates").count() as u64
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Waits until something holds.
    pub(crate) async fn until(&self, limit: Duration, what: &str, holds: impl Fn() -> bool) {
        let deadline = Instant::now() + limit;
        while !holds() {
            assert!(Instant::now() < deadline, "waited in vain for {what}\n{}", self.log());
            tokio::time::sleep(STEP).await;
        }
    }

    /// Waits until the running bot has handled every update and sent every message.
    pub(crate) async fn quiet(&self, limit: Duration) {
        let store = self.store().await;
        let deadline = Instant::now() + limit;
        let mut quiet = 0;
        while quiet < 3 {
            let (unsent, unhandled) =
                (store.outbox_stats().await.unwrap().pending, store.unhandled_count().await.unwrap());
            let waiting = self.telegram.pending_updates();
            quiet = if unsent == 0 && unhandled == 0 && waiting == 0 { quiet + 1 } else { 0 };
            assert!(
                Instant::now() < deadline,
                "not quiet: {unsent} unsent, {unhandled} unhandled, {waiting} not fetched\n{}",
                self.log()
            );
            tokio::time::sleep(STEP * 5).await;
        }
        store.close().await.unwrap();
    }
}

/// The book that bets by itself.
pub(crate) const AUTO: &str = "balanced";
