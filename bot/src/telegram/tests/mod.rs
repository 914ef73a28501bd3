//! The chat against a small Bot API with state, and a store that can crash at any call.

mod fake_api;
mod memory;
mod outgoing;
mod stand_in;
mod stories;
mod work;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use dialogues::facts::Reader;
use dialogues::message::{Action, Button, Message, Picture, Press};
use dialogues::screen::Screen;
use dialogues::{ActionResult, Role};
use engine::board::LoopBoard;
use engine::recipient::BotId;
use engine_clock::Clock;
use engine_core::copy::dossier::DossierProgress;
use engine_core::notice::DecidedBy;
use engine_core::signal::SignalStatus;
use engine_core::strategy::BookMode;

use tokio::sync::watch;

use super::*;
use fake_api::FakeApi;
use memory::MemoryStore;

const OWNER: i64 = sandbox::telegram::OWNER;
const TOKEN: &str = "123456:AAcanaryCANARYcanaryCANARYcanary012";

/// A desk that approves a signal once and shows screens by name.
#[derive(Default)]
struct FakeDesk {
    approved: Mutex<Vec<i64>>,
    modes_set: AtomicUsize,
    panic_on_stats: bool,
    reading: Reading,
}

/// The reports on traders: read as far as a test says.
#[derive(Default)]
struct Reading(Mutex<Option<watch::Sender<DossierProgress>>>);

impl Reading {
    /// Reports take a while from now on.
    fn begin(&self) {
        *self.0.lock().unwrap() = Some(watch::Sender::default());
    }

    fn read(&self, rows: u64) {
        let told = self.0.lock().unwrap();
        told.as_ref().unwrap().send_modify(|progress| progress.rows = rows);
    }

    fn end(&self) {
        *self.0.lock().unwrap() = None;
    }

    fn shown(&self, screen: &Screen) -> (Option<Pending>, String) {
        let told = self.0.lock().unwrap();
        match (&*told, screen) {
            (Some(told), Screen::Trader { .. }) => {
                let news = told.subscribe();
                let rows = news.borrow().rows;
                (Some(Pending { screen: screen.clone(), news }), format!("{rows} so far"))
            }
            (None, Screen::Trader { .. }) => (None, "the report".to_owned()),
            (_, _) => (None, String::new()),
        }
    }
}

#[async_trait]
impl Desk for FakeDesk {
    async fn screen(&self, screen: &Screen, reader: &Reader, note: Option<&str>) -> Shown {
        assert!(!(self.panic_on_stats && matches!(screen, Screen::Stats { .. })), "a planted panic");
        let act = |label: &str, action| Button { label: label.to_owned(), press: Press::Act { action } };
        let mut keyboard = vec![vec![Button { label: "Home".to_owned(), press: Press::Show { screen: Screen::Home } }]];
        if reader.role == Role::Owner {
            let approve = Action::Approve { signal: 7, half: false, confirmed: false };
            keyboard
                .push(vec![act("Approve", approve), act("Auto", Action::SetMode { book: None, mode: BookMode::Auto })]);
        }
        let picture = matches!(screen, Screen::EquityChart).then_some(Picture::Equity);
        let (pending, said) = self.reading.shown(screen);
        let html = format!("<b>{screen:?}</b> {}{said}", note.unwrap_or_default());
        Shown { message: Message { html, keyboard, picture, silent: false }, pending }
    }

    async fn perform(&self, action: &Action, by: &DecidedBy) -> ActionResult {
        assert!(matches!(by, DecidedBy::Person { user_id: OWNER, .. }));
        match action {
            Action::Approve { signal, .. } => {
                let mut approved = self.approved.lock().unwrap();
                if approved.contains(signal) {
                    return ActionResult::AlreadyDecided {
                        signal: *signal,
                        status: SignalStatus::Approved,
                        by: None,
                        at: None,
                    };
                }
                approved.push(*signal);
                ActionResult::Approved { signal: *signal, bets: 2 }
            }
            Action::SetMode { book, mode } => {
                self.modes_set.fetch_add(1, Ordering::SeqCst);
                ActionResult::ModeChanged { book: book.clone(), mode: *mode }
            }
            Action::Skip { .. }
            | Action::Mute { .. }
            | Action::Close { .. }
            | Action::Promote { .. }
            | Action::KeepModel { .. }
            | Action::RollBack { .. }
            | Action::Follow { .. }
            | Action::SetStanding { .. }
            | Action::SetStage { .. }
            | Action::Unfollow { .. }
            | Action::SaveProfile { .. }
            | Action::ResetProfile { .. }
            | Action::TopUp { .. }
            | Action::BeginTrial { .. }
            | Action::EndTrial { .. } => ActionResult::Refused { reason: "not here".to_owned() },
        }
    }
}

struct OnePixel;

#[async_trait]
impl Painter for OnePixel {
    async fn paint(&self, _picture: &Picture) -> Option<Vec<u8>> {
        Some(b"not really a PNG".to_vec())
    }
}

/// A bot wired to the fakes. Its clock runs a hundred times as fast as ours, so that waits are short.
struct Bench {
    api: FakeApi,
    store: Arc<MemoryStore>,
    desk: Arc<FakeDesk>,
    board: LoopBoard,
    clock: Clock,
}

impl Bench {
    async fn new() -> Self {
        Self::with(FakeDesk::default()).await
    }

    async fn with(desk: FakeDesk) -> Self {
        let start = chrono::DateTime::from_timestamp(1_795_000_000, 0).unwrap();
        Self {
            api: FakeApi::start().await,
            store: Arc::new(MemoryStore::default()),
            desk: Arc::new(desk),
            board: LoopBoard::default(),
            clock: Clock::scaled(start, 100.0),
        }
    }

    fn start(&self) -> Running {
        start(Wiring {
            engines: Engines::Both,
            access: ChatAccess { bot: BotId::new(1), token: TOKEN.into(), owner: OWNER, api_url: self.api.url() },
            store: self.store.clone(),
            desk: self.desk.clone(),
            painter: Arc::new(OnePixel),
            clock: self.clock.clone(),
            board: self.board.clone(),
            limits: Limits { chat_gap: TimeDelta::zero(), group_a_minute: 1000, all_a_second: 1000 },
            bell: Bell::default(),
        })
        .unwrap()
    }

    fn queue(&self, chat: i64, html: &str) -> i64 {
        let message = Message { html: html.to_owned(), ..Message::default() };
        self.store.queue(&payload::message_row(chat, "test", message, None), self.clock.now())
    }
}

/// Ends a life where it stands.
async fn kill(mut running: Running) {
    running.sending.abort();
    let _ = running.sending.await;
    if let Some(listening) = running.listening.take() {
        listening.abort();
        let _ = listening.await;
    }
}

/// Waits, within bounds, until something holds.
async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let waited = tokio::time::timeout(Duration::from_secs(10), async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    assert!(waited.await.is_ok(), "never happened: {what}");
}
