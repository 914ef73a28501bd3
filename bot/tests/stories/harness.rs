//! One story: the world, the venue, Telegram, the bot, and the clock.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bot::app::App;
use bot::config::Settings;
use bot::telegram::{INBOX_LOOP, OUTBOX_LOOP};
use chrono::{DateTime, TimeDelta, Utc};
use engine::store::{ExportTable, Store, StoreError};
use engine_clock::Clock;
use engine_core::money::Usd;
use engine_core::position::Position;
use engine_core::strategy::BookMode;
use sandbox::polymarket::PolymarketServer;
use sandbox::telegram::{Answer, Author, Message, OWNER, Options, TelegramServer, User};
use sandbox::world::World;
use serde_json::Value;
use tempfile::TempDir;

use crate::model::Model;
use crate::postgres;
use crate::running::{Running, end};

/// When every story begins: a Monday morning.
const START: &str = "2026-11-02T09:00:00Z";
/// Longest wait, in real time, for anything.
const LIMIT: Duration = Duration::from_secs(30);
/// With nothing new for this long the clock is moved on a second, for whoever waits for it.
const IDLE: Duration = Duration::from_millis(10);

/// Where the bot keeps its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Database {
    Sqlite,
    Postgres,
}

/// What a story is set up with.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    pub(crate) database: Database,
    pub(crate) model: Model,
    /// Settings beside the addresses.
    pub(crate) settings: Vec<(&'static str, &'static str)>,
}

impl Default for Setup {
    fn default() -> Self {
        Self { database: Database::Sqlite, model: Model::Scripted, settings: Vec::new() }
    }
}

/// See the module.
pub(crate) struct Story {
    pub(crate) clock: Clock,
    pub(crate) world: Arc<World>,
    pub(crate) venue: PolymarketServer,
    pub(crate) telegram: TelegramServer,
    running: Option<Running>,
    store: Option<Store>,
    settings: BTreeMap<&'static str, String>,
    model: Model,
    scratch: TempDir,
}

impl Story {
    /// The stage without the bot.
    pub(crate) async fn prepare(setup: Setup) -> Self {
        let clock = Clock::manual(START.parse().unwrap());
        let world = World::empty(clock.clone());
        let venue = PolymarketServer::start(world.clone()).await.unwrap();
        let telegram = TelegramServer::start(Options { page_port: None, ..Options::new(clock.clone()) }).await.unwrap();
        let scratch = tempfile::tempdir().unwrap();
        let database = match setup.database {
            Database::Sqlite => format!("sqlite://{}?mode=rwc", scratch.path().join("story.sqlite").display()),
            Database::Postgres => postgres::fresh_database().await,
        };
        let mut settings = BTreeMap::from([
            ("GAMMA_URL", venue.gamma_url.clone()),
            ("CLOB_URL", venue.clob_url.clone()),
            ("DATA_API_URL", venue.data_url.clone()),
            ("CLOB_WS_URL", venue.ws_url.clone()),
            ("TELEGRAM_API_URL", telegram.api_url()),
            ("TELEGRAM_BOT_TOKEN", telegram.token().to_owned()),
            ("TELEGRAM_CHAT_ID", OWNER.to_string()),
            ("DATABASE_URL", database),
            ("MODEL_DIR", setup.model.folder(scratch.path()).display().to_string()),
            ("MODEL_STORE", scratch.path().join("models-store").display().to_string()),
            ("METRICS_PORT", "0".to_owned()),
            ("LR_DAMPING", "1".to_owned()),
        ]);
        settings.extend(setup.settings.iter().map(|(name, value)| (*name, (*value).to_owned())));
        Self { clock, world, venue, telegram, running: None, store: None, settings, model: setup.model, scratch }
    }

    pub(crate) fn settings(&self) -> Settings {
        Settings::from_lookup(&|name| self.settings.get(name).cloned()).unwrap()
    }

    /// Sets every book's mode before the first start.
    pub(crate) async fn preset(&self, mode: BookMode) {
        App::preset_modes(&self.settings(), &self.clock, mode).await.unwrap();
    }

    /// Starts the bot and waits for its first round of everything.
    pub(crate) async fn start(&mut self) {
        let running = Running::start(self.settings(), self.clock.clone(), self.model.slot()).await;
        self.running = Some(running);
        if self.store.is_none() {
            self.store = Some(Store::connect(&self.settings["DATABASE_URL"]).await.unwrap());
        }
        for name in ["scan", "housekeeping", "expiry"] {
            self.hold(&format!("the first run of {name}"), || self.running().status_of(name).runs > 0).await;
        }
    }

    /// A folder of the story's own.
    pub(crate) fn folder(&self) -> &Path {
        self.scratch.path()
    }

    pub(crate) fn running(&self) -> &Running {
        self.running.as_ref().expect("the bot runs")
    }

    /// The bot's database, through a connection of our own.
    pub(crate) fn store(&self) -> &Store {
        self.store.as_ref().expect("the bot was started")
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Kills the bot as a power cut would.
    pub(crate) async fn kill(&mut self) {
        self.running.take().expect("the bot runs").kill().await;
    }

    /// Ends the bot in good order. True when nothing was left unsent.
    pub(crate) async fn stop(&mut self) -> bool {
        let (stopping, runtime) = self.running.take().expect("the bot runs").stop();
        self.hold_and_tick("an orderly end", || stopping.is_finished()).await;
        let sent = stopping.await.unwrap().expect("it ends in good order");
        end(runtime).await;
        sent
    }

    // Waiting.

    /// Waits with the clock standing still.
    pub(crate) async fn hold(&self, what: &str, holds: impl Fn() -> bool) {
        self.wait(what, false, || async { holds() }).await;
    }

    async fn hold_and_tick(&self, what: &str, holds: impl Fn() -> bool) {
        self.wait(what, true, || async { holds() }).await;
    }

    /// Waits, moving the clock on a second at a time, until a question to the database is answered with yes.
    pub(crate) async fn eventually<F: Future<Output = bool>>(&self, what: &str, holds: impl Fn() -> F) {
        self.wait(what, true, holds).await;
    }

    async fn wait<F: Future<Output = bool>>(&self, what: &str, tick: bool, holds: impl Fn() -> F) {
        let begun = Instant::now();
        while !holds().await {
            assert!(begun.elapsed() < LIMIT, "waited in vain for {what}\n{}", self.transcript());
            tokio::time::sleep(IDLE).await;
            if tick {
                self.tick();
            }
        }
    }

    /// Waits for something in the chats, moving the clock on whenever nothing happens.
    pub(crate) async fn until<T>(&self, what: &str, mut find: impl FnMut(&TelegramServer) -> Option<T>) -> T {
        let begun = Instant::now();
        loop {
            match self.telegram.wait_for(IDLE, what, &mut find).await {
                Ok(found) => return found,
                Err(error) => assert!(begun.elapsed() < LIMIT, "{error}\n{}", self.transcript()),
            }
            self.tick();
        }
    }

    fn tick(&self) {
        self.clock.advance_to(self.now() + TimeDelta::seconds(1));
    }

    /// Moves the clock to the loop's next run and waits for its end.
    pub(crate) async fn run(&self, name: &'static str) {
        let before = self.running().status_of(name);
        self.hold(&format!("the plan of {name}"), || self.running().status_of(name).next_at > Some(self.now())).await;
        self.clock.advance_to(self.running().status_of(name).next_at.unwrap());
        self.hold(&format!("a run of {name}"), || self.running().status_of(name).runs > before.runs).await;
    }

    /// Lets a span of time pass in one go.
    pub(crate) fn pass(&self, span: TimeDelta) {
        self.clock.advance_to(self.now() + span);
    }

    /// Waits until every queued message is out.
    pub(crate) async fn quiet(&self) {
        self.eventually("an empty outbox", || async { self.store().outbox_stats().await.unwrap().pending == 0 }).await;
    }

    // The owner.

    pub(crate) fn owner(&self) -> User {
        self.telegram.as_user(OWNER)
    }

    /// Waits for a card in the owner's chat.
    pub(crate) async fn card(&self, part: &str) -> Message {
        self.until(&format!("a card with {part:?}"), |telegram| telegram.card(OWNER, part)).await
    }

    /// Waits until a message of the owner's chat shows a text.
    pub(crate) async fn shows(&self, message: i64, part: &str) -> Message {
        let what = format!("message {message} to show {part:?}");
        let find =
            |telegram: &TelegramServer| telegram.message(OWNER, message).filter(|found| found.text.contains(part));
        self.until(&what, find).await
    }

    /// Writes to the bot and waits for its answer that holds `part`.
    pub(crate) async fn ask(&self, text: &str, part: &str) -> Message {
        let said = self.owner().say(text).unwrap();
        self.newer(said, part).await
    }

    /// Waits for a message of the bot after another one.
    pub(crate) async fn newer(&self, than: i64, part: &str) -> Message {
        let what = format!("a message after {than} with {part:?}");
        let fits =
            |message: &Message| message.id > than && message.author == Author::Bot && message.text.contains(part);
        self.until(&what, |telegram| telegram.messages(OWNER).into_iter().find(|message| fits(message))).await
    }

    /// Presses a button and waits, with the clock standing still, for the answer.
    pub(crate) async fn press(&self, message: i64, label: &str) -> Answer {
        let pressed = self.owner().press(OWNER, message, label);
        let query = pressed.unwrap_or_else(|error| panic!("{error}\n{}", self.transcript()));
        self.telegram.wait_for_answer(LIMIT, &query).await.unwrap()
    }

    /// Presses what an old screen still shows.
    pub(crate) async fn press_data(&self, message: i64, data: &str) -> Answer {
        let query = self.owner().press_data(OWNER, message, data).unwrap();
        self.telegram.wait_for_answer(LIMIT, &query).await.unwrap()
    }

    /// What a button of a message sends.
    pub(crate) fn data_of(message: &Message, label: &str) -> String {
        message.button(label).and_then(|button| button.data).unwrap_or_else(|| panic!("no {label} on {message:?}"))
    }

    // Looking.

    pub(crate) async fn positions(&self) -> Vec<Position> {
        self.store().positions(&engine::store::PositionFilter::default()).await.unwrap()
    }

    pub(crate) async fn export(&self, table: ExportTable) -> Vec<Value> {
        let mut rows = Vec::new();
        let each = |row| -> Result<(), StoreError> {
            rows.push(row);
            Ok(())
        };
        self.store().export(table, each).await.unwrap();
        rows
    }

    /// `/health` as machines see it.
    pub(crate) async fn health(&self) -> Value {
        let url = format!("http://{}/health", self.running().status);
        reqwest::get(url).await.unwrap().json().await.unwrap()
    }

    /// How many messages of the bot to the owner contain a text, however they were edited since.
    pub(crate) fn count(&self, part: &str) -> usize {
        let ever = |message: &Message| {
            message.text.contains(part) || message.revisions.iter().any(|revision| revision.text.contains(part))
        };
        let all = self.telegram.everything(OWNER);
        all.iter().filter(|message| message.author == Author::Bot && ever(message)).count()
    }

    fn transcript(&self) -> String {
        let line = |message: Message| {
            let who = if message.author == Author::Bot { "<" } else { ">" };
            format!("{who} {} {}", message.id, message.text.replace('\n', " | "))
        };
        let lines: Vec<String> = self.telegram.messages(OWNER).into_iter().map(line).collect();
        let loops = self.running.as_ref().map(Running::failures).unwrap_or_default();
        format!("at {} the chat reads\n{}\nloops: {loops:?}", self.now(), lines.join("\n"))
    }

    /// What holds at any time: the books balance, nobody is overdrawn, every call fits the Bot API, nothing came twice.
    pub(crate) async fn check(&self) {
        let store = self.store();
        assert_eq!(store.ledger_total().await.unwrap(), Usd::ZERO);
        for book in store.books().await.unwrap() {
            assert!(book.cash >= Usd::ZERO, "{book:?}");
        }
        assert!(self.telegram.violations().is_empty(), "{:#?}", self.telegram.violations());
        assert!(self.telegram.unexpected().is_empty(), "{:#?}", self.telegram.unexpected());
        assert_eq!(self.strays().await, Vec::<String>::new(), "messages nobody queued, or sent twice");
    }

    /// Messages of the bot to the owner that no row of the outbox answers for: what a second delivery would leave.
    async fn strays(&self) -> Vec<String> {
        let mut known = BTreeSet::new();
        for id in 1.. {
            let Some(row) = self.store().outbox_row(id).await.unwrap() else { break };
            known.extend(row.message_id);
        }
        let all = self.telegram.everything(OWNER).into_iter().filter(|message| message.author == Author::Bot);
        all.filter(|message| !known.contains(&message.id)).map(|message| message.text).collect()
    }

    /// The end of a story: everything is out and in order.
    pub(crate) async fn finish(self) {
        let failures = self.running().failures();
        assert!(failures.is_empty(), "{failures:?}");
        self.finish_after_trouble().await;
    }

    /// The end of a story in which Telegram gave trouble: the engine's loops never failed, and all is well again.
    pub(crate) async fn finish_after_trouble(mut self) {
        self.quiet().await;
        for name in ["scan", "housekeeping", "expiry", "heartbeat"] {
            assert_eq!(self.running().status_of(name).errors, 0, "{name}");
        }
        for name in [INBOX_LOOP, OUTBOX_LOOP] {
            assert_eq!(self.running().status_of(name).failing, None, "{name}");
        }
        assert!(self.stop().await, "something was left unsent");
        self.check().await;
    }
}
