//! Two processes on one database, each an engine with a bot of its own; and both in one after that.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bot::app::App;
use bot::config::Settings;
use chrono::TimeDelta;
use engine::store::{CreateResult, ExportTable, NewBet, NewOutbox, NewSignal, PositionFilter, Store};
use engine_clock::Clock;
use engine_core::engines::Engines;
use engine_core::money::Usd;
use engine_core::prediction::SignalSource;
use engine_core::signal::{Decision, SignalStatus};
use engine_core::strategy::{BookId, BookMode, COPY_BOOK};
use sandbox::polymarket::PolymarketServer;
use sandbox::telegram::{Author, Message, OWNER, Options, TelegramServer};
use sandbox::world::{Payout, World};
use serde_json::json;
use tempfile::TempDir;

use crate::markets::{list, loud};
use crate::model::Model;
use crate::running::{Running, end};

const START: &str = "2026-11-02T09:00:00Z";
const LIMIT: Duration = Duration::from_secs(30);
const IDLE: Duration = Duration::from_millis(10);

/// One of the two: its Telegram, and its process while it runs.
struct Side {
    telegram: TelegramServer,
    settings: Settings,
    running: Option<Running>,
}

/// The stage of both.
struct Apart {
    clock: Clock,
    world: Arc<World>,
    _venue: PolymarketServer,
    signals: Side,
    copies: Side,
    store: Store,
    _scratch: TempDir,
}

async fn telegram(clock: &Clock, token: &str) -> TelegramServer {
    let options = Options { page_port: None, token: token.to_owned(), ..Options::new(clock.clone()) };
    TelegramServer::start(options).await.unwrap()
}

impl Apart {
    async fn prepare() -> Self {
        let clock = Clock::manual(START.parse().unwrap());
        let world = World::empty(clock.clone());
        let venue = PolymarketServer::start(world.clone()).await.unwrap();
        let scratch = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}?mode=rwc", scratch.path().join("apart.sqlite").display());
        let side = |telegram: TelegramServer, engines: Engines| {
            let values = BTreeMap::from([
                ("GAMMA_URL", venue.gamma_url.clone()),
                ("CLOB_URL", venue.clob_url.clone()),
                ("DATA_API_URL", venue.data_url.clone()),
                ("CLOB_WS_URL", venue.ws_url.clone()),
                ("TELEGRAM_API_URL", telegram.api_url()),
                ("TELEGRAM_BOT_TOKEN", telegram.token().to_owned()),
                ("TELEGRAM_CHAT_ID", OWNER.to_string()),
                ("DATABASE_URL", url.clone()),
                ("MODEL_STORE", scratch.path().join("models-store").display().to_string()),
                ("METRICS_PORT", "0".to_owned()),
                ("LR_DAMPING", "1".to_owned()),
            ]);
            let settings = Settings::from_lookup(&|name| values.get(name).cloned()).unwrap().with_engines(engines);
            Side { telegram, settings, running: None }
        };
        let signals = side(telegram(&clock, "7000000001:of-the-signals").await, Engines::Ml);
        let copies = side(telegram(&clock, "7000000002:of-the-copies").await, Engines::Copy);
        App::preset_modes(&signals.settings, &clock, BookMode::Auto).await.unwrap();
        let store = Store::connect(&url).await.unwrap();
        Self { clock, world, _venue: venue, signals, copies, store, _scratch: scratch }
    }

    /// Starts a side and waits for its first rounds.
    async fn start(&self, side: &Side) -> Running {
        // Copy trading alone loads no model, and there is none to load here.
        let model = if side.settings.engines() == Engines::Copy { None } else { Model::Scripted.slot() };
        let running = Running::start(side.settings.clone(), self.clock.clone(), model).await;
        self.hold("the first rounds", || {
            ["housekeeping", "expiry"].iter().all(|name| running.status_of(name).runs > 0)
        })
        .await;
        running
    }

    async fn hold(&self, what: &str, holds: impl Fn() -> bool) {
        let begun = Instant::now();
        while !holds() {
            assert!(begun.elapsed() < LIMIT, "waited in vain for {what}");
            tokio::time::sleep(IDLE).await;
        }
    }

    /// Waits for a message of the bot in a side's chat, moving the clock on.
    async fn told(&self, side: &Side, part: &str) -> Message {
        let begun = Instant::now();
        loop {
            let found = said(side).into_iter().rev().find(|message| message.text.contains(part));
            if let Some(found) = found {
                return found;
            }
            assert!(begun.elapsed() < LIMIT, "never said: {part}\n{:#?}", texts(side));
            self.clock.advance_to(self.clock.now() + TimeDelta::seconds(1));
            tokio::time::sleep(IDLE).await;
        }
    }

    /// Lets a loop of a running side run once more.
    async fn run(&self, running: &Running, name: &'static str) {
        let before = running.status_of(name);
        self.hold("its plan", || running.status_of(name).next_at > Some(self.clock.now())).await;
        self.clock.advance_to(running.status_of(name).next_at.unwrap());
        self.hold(name, || running.status_of(name).runs > before.runs).await;
    }

    /// SIGTERM, as far as the program knows.
    async fn stop(&self, running: Running) {
        let (stopping, runtime) = running.stop();
        let begun = Instant::now();
        while !stopping.is_finished() {
            assert!(begun.elapsed() < LIMIT, "no orderly end");
            self.clock.advance_to(self.clock.now() + TimeDelta::seconds(1));
            tokio::time::sleep(IDLE).await;
        }
        assert!(stopping.await.unwrap().expect("it ends in good order"), "something was left unsent");
        end(runtime).await;
    }

    /// A copy on the market that the signals bet on.
    async fn copy_it(&self, decision: &Decision) {
        let position = self.store.positions(&PositionFilter::default()).await.unwrap().remove(0);
        let fill = self.store.fills_of(position.id).await.unwrap().remove(0);
        let copied = Decision { source: SignalSource::CopyTrade, ..decision.clone() };
        let new = NewSignal {
            decision: &copied,
            features: &[],
            features_version: 0,
            at: self.clock.now(),
            expires_at: self.clock.now() + TimeDelta::minutes(15),
            status: SignalStatus::Auto,
            auto_bets: vec![NewBet { book: BookId::new(COPY_BOOK), fill, trader: Some("0xabc".to_owned()) }],
        };
        let made = self.store.create_signal(new, |_| Vec::new()).await.unwrap();
        assert!(matches!(made, CreateResult::Created { ref card, .. } if card.bets.len() == 1), "{made:?}");
    }
}

fn said(side: &Side) -> Vec<Message> {
    side.telegram.everything(OWNER).into_iter().filter(|message| message.author == Author::Bot).collect()
}

fn texts(side: &Side) -> Vec<String> {
    said(side).into_iter().map(|message| message.text).collect()
}

fn count(side: &Side, part: &str) -> usize {
    texts(side).iter().filter(|text| text.contains(part)).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_share_a_database_and_each_speaks_for_its_own() {
    let mut stage = Apart::prepare().await;
    // The first words reach both bots while nobody runs: updates with the same number.
    for side in [&stage.signals, &stage.copies] {
        side.telegram.as_user(OWNER).say("/home").unwrap();
    }
    let market = list(&stage.world, &loud("the shared thing"));
    let (signals, copies) = tokio::join!(stage.start(&stage.signals), stage.start(&stage.copies));
    (stage.signals.running, stage.copies.running) = (Some(signals), Some(copies));

    let home = stage.told(&stage.signals, "Last scan").await;
    assert!(home.text.contains("Balanced") && home.text.contains("Copies"), "{}", home.text);
    let home = stage.told(&stage.copies, "PAPER · oddsmith\n").await;
    assert!(home.text.contains("Copies") && !home.text.contains("Balanced"), "{}", home.text);
    let labels: Vec<String> = home.buttons().into_iter().flatten().map(|button| button.label).collect();
    assert!(!labels.iter().any(|label| label.contains("Brier") || label.contains("Modes")), "{labels:?}");
    let mut updates = Vec::new();
    stage
        .store
        .export::<engine::store::StoreError, _>(ExportTable::Updates, |row| {
            updates.push(row["update_id"].as_i64().unwrap());
            Ok(())
        })
        .await
        .unwrap();
    assert_eq!((updates.len(), updates[0]), (2, updates[1]), "the same number from both");

    // Each names what runs in it, and refuses the other's with a kind word.
    assert_eq!(count(&stage.signals, "Running here: signals."), 1);
    assert_eq!(count(&stage.copies, "Running here: copy trading."), 1);
    stage.copies.telegram.as_user(OWNER).say("/brier").unwrap();
    stage.told(&stage.copies, "That is for the other bot").await;

    // A second process of an engine, and one with the other's bot, are refused in one sentence each.
    for (side, engines, words) in [
        (&stage.signals, Engines::Ml, "already runs `ml`"),
        (&stage.copies, Engines::Both, "already runs `ml` and `copy`"),
    ] {
        let settings = side.settings.clone().with_engines(engines);
        let refused = App::start(&settings, stage.clock.clone()).await.err().expect("it is refused").to_string();
        assert!(refused.contains(words), "{refused}");
    }

    // A bet of the signals and a copy on one market: two messages, each where it belongs.
    stage.told(&stage.signals, "Bet placed, auto mode").await;
    let decision = stage.store.signal(1).await.unwrap().unwrap().decision;
    stage.copy_it(&decision).await;
    stage.world.resolve(market, Payout::NO).unwrap();
    stage.run(stage.signals.running.as_ref().unwrap(), "housekeeping").await;
    stage.told(&stage.signals, "✔ Won").await;
    stage.run(stage.copies.running.as_ref().unwrap(), "housekeeping").await;
    let paid = stage.told(&stage.copies, "✔ Won").await;
    assert!(paid.text.contains("Copies 1–0") && !paid.text.contains("Balanced"), "{}", paid.text);
    for side in [&stage.signals, &stage.copies] {
        stage.run(side.running.as_ref().unwrap(), "housekeeping").await;
        assert_eq!(count(side, "✔ Won"), 1);
    }
    assert!(!texts(&stage.signals).iter().any(|text| text.contains("Copies 1–0")));
    assert!(stage.store.open_positions().await.unwrap().is_empty());
    assert_eq!(stage.store.ledger_total().await.unwrap(), Usd::ZERO);

    // An hour on: each tells of its own books, once.
    for side in [&stage.signals, &stage.copies] {
        stage.run(side.running.as_ref().unwrap(), "heartbeat").await;
        let beat = stage.told(side, "Still here").await;
        assert_eq!(beat.text.contains("Balanced"), std::ptr::eq(side, &stage.signals), "{}", beat.text);
        assert_eq!(beat.text.contains("Copies "), std::ptr::eq(side, &stage.copies), "{}", beat.text);
    }

    // One ends; the other does not notice.
    let ended = stage.signals.running.take().unwrap();
    stage.stop(ended).await;
    assert_eq!((count(&stage.signals, "Good night"), count(&stage.copies, "Good night")), (1, 0));
    stage.copies.telegram.as_user(OWNER).say("/health").unwrap();
    let health = stage.told(&stage.copies, "Health · all is well").await;
    assert!(health.text.contains("copy read") && !health.text.contains("Model"), "{}", health.text);
    let ended = stage.copies.running.take().unwrap();
    assert_eq!(ended.failures(), Vec::<String>::new());
    stage.stop(ended).await;

    // Both in one process, in the first chat: what the copy bot had left to say is said there.
    let copy_bot = stage.copies.settings.chat().unwrap().bot;
    let news = json!({ "notice": { "notice": "loop_failed", "name": "leftover", "error": "x" } });
    let left = NewOutbox {
        bot: copy_bot,
        chat_id: OWNER,
        kind: "loop_failed".to_owned(),
        card: None,
        edit: false,
        payload: news,
        silent: false,
    };
    stage.store.enqueue(&[left], stage.clock.now()).await.unwrap();
    stage.signals.settings = stage.signals.settings.clone().with_engines(Engines::Both);
    let both = stage.start(&stage.signals).await;
    stage.told(&stage.signals, "The leftover loop failed").await;
    assert_eq!(count(&stage.copies, "leftover"), 0);
    assert_eq!(both.failures(), Vec::<String>::new());
    stage.stop(both).await;
    assert_eq!(stage.store.outbox_stats().await.unwrap().pending, 0);
    for side in [&stage.signals, &stage.copies] {
        assert!(side.telegram.violations().is_empty(), "{:#?}", side.telegram.violations());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_bot_cannot_speak_for_two_processes() {
    let stage = Apart::prepare().await;
    let copies = stage.start(&stage.copies).await;
    // The copy bot's token in the other process as well.
    let settings = stage.copies.settings.clone().with_engines(Engines::Ml);
    let refused = App::start(&settings, stage.clock.clone()).await.err().expect("it is refused").to_string();
    assert!(refused.contains("TELEGRAM_BOT_TOKEN") && refused.contains("a bot of its own"), "{refused}");
    // What it had taken by then is free again.
    let signals = stage.start(&stage.signals).await;
    stage.stop(signals).await;
    stage.stop(copies).await;
}
