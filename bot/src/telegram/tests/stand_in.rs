//! The chat on the sandbox's Telegram, which checks every call against the Bot API's schema, with the real database and
//! real pictures.

use chrono::{DateTime, Utc};
use engine::recipient::BotId;
use engine::store::Store;
use sandbox::telegram::{Fault, MediaKind, Options, STRANGER, TelegramServer};

use super::*;
use crate::chat_store::ChatRows;

const BOT: BotId = BotId::new(7_000_000_001);

const LIMIT: Duration = Duration::from_secs(20);

/// Draws with the real charts.
struct RealCharts;

#[async_trait]
impl Painter for RealCharts {
    async fn paint(&self, picture: &Picture) -> Option<Vec<u8>> {
        let now = DateTime::<Utc>::UNIX_EPOCH;
        match picture {
            Picture::Equity => {
                let chart = charts::EquityChart { of: charts::EquityOf::Books, curves: vec![], now };
                charts::equity_chart(&chart).ok()
            }
            Picture::Victory { pick } => charts::victory_gif(*pick).ok(),
            Picture::SignalPrice { .. }
            | Picture::PositionPrice { .. }
            | Picture::Reliability
            | Picture::Profiles
            | Picture::TraderCurve { .. } => None,
        }
    }
}

struct StandIn {
    telegram: TelegramServer,
    store: Store,
    clock: Clock,
    desk: Arc<FakeDesk>,
    _folder: tempfile::TempDir,
}

impl StandIn {
    async fn new() -> Self {
        let clock = Clock::scaled(DateTime::from_timestamp(1_795_000_000, 0).unwrap(), 100.0);
        let telegram = TelegramServer::start(Options { page_port: None, ..Options::new(clock.clone()) }).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let store =
            Store::connect(&format!("sqlite://{}/chat.sqlite?mode=rwc", folder.path().display())).await.unwrap();
        migration::up(store.connection()).await.unwrap();
        Self { telegram, store, clock, desk: Arc::default(), _folder: folder }
    }

    fn rows(&self) -> ChatRows {
        ChatRows::new(self.store.clone(), self.clock.clone(), BOT)
    }

    fn start(&self) -> Running {
        start(Wiring {
            engines: Engines::Both,
            access: ChatAccess {
                bot: BOT,
                token: self.telegram.token().into(),
                owner: OWNER,
                api_url: self.telegram.api_url().parse().unwrap(),
            },
            store: Arc::new(self.rows()),
            desk: self.desk.clone(),
            painter: Arc::new(RealCharts),
            clock: self.clock.clone(),
            board: LoopBoard::default(),
            limits: Limits::default(),
            bell: Bell::default(),
        })
        .unwrap()
    }

    async fn queue(&self, message: Message) {
        let row = payload::message_row(OWNER, "test", message, None);
        let row = engine::store::NewOutbox {
            bot: BOT,
            chat_id: row.chat_id,
            kind: row.kind,
            card: row.card,
            edit: row.edit,
            payload: row.payload,
            silent: row.silent,
        };
        self.store.enqueue(&[row], self.clock.now()).await.unwrap();
    }
}

#[tokio::test]
async fn a_talk_with_pictures_passes_the_schema_of_the_bot_api() {
    let world = StandIn::new().await;
    let running = world.start();
    let owner = world.telegram.as_user(OWNER);
    owner.say("/start").unwrap();
    let home = world.telegram.wait_for_card(LIMIT, OWNER, "Home").await.unwrap();
    let press = owner.press(OWNER, home.id, "Approve").unwrap();
    let said = world.telegram.wait_for_answer(LIMIT, &press).await.unwrap();
    assert!(!said.text.is_empty());
    assert_eq!(*world.desk.approved.lock().unwrap(), [7]);

    let chart = dialogues::button::encode(&Press::Send { screen: Screen::EquityChart }).unwrap();
    owner.press_data(OWNER, home.id, &chart).unwrap();
    let picture = world.telegram.wait_for_card(LIMIT, OWNER, "EquityChart").await.unwrap();
    assert_eq!(picture.media.as_ref().map(|media| media.kind), Some(MediaKind::Photo));
    owner.press(OWNER, picture.id, "Home").unwrap();
    let below = |server: &TelegramServer| {
        server
            .messages(OWNER)
            .into_iter()
            .find(|shown| shown.id > picture.id && shown.media.is_none() && shown.text.contains("Home"))
    };
    world.telegram.wait_for(LIMIT, "a text screen below the picture", below).await.unwrap();
    let bare = |server: &TelegramServer| server.message(OWNER, picture.id).filter(|shown| shown.buttons().is_empty());
    world.telegram.wait_for(LIMIT, "the picture without buttons", bare).await.unwrap();

    let won =
        Message { html: "<b>Won</b>".to_owned(), picture: Some(Picture::Victory { pick: 2 }), ..Message::default() };
    world.queue(won).await;
    let won = world.telegram.wait_for_card(LIMIT, OWNER, "Won").await.unwrap();
    assert_eq!(won.media.map(|media| media.kind), Some(MediaKind::Animation));

    world.telegram.as_user(STRANGER).say("let me in").unwrap();
    world.telegram.wait_for_card(LIMIT, OWNER, "do not know").await.unwrap();
    assert!(running.finish(LIMIT).await);
    assert!(world.telegram.violations().is_empty(), "{:?}", world.telegram.violations());
}

#[tokio::test]
async fn trouble_of_every_kind_delivers_each_message_once() {
    let world = StandIn::new().await;
    world.telegram.as_user(OWNER).say("/start").unwrap();
    let running = world.start();
    world.telegram.wait_for_card(LIMIT, OWNER, "Home").await.unwrap();
    let trouble = [
        Fault::TooManyRequests { retry_after_secs: 2 },
        Fault::LostAnswer,
        Fault::Dropped,
        Fault::LostAnswer,
        Fault::BadRequest("can't parse entities: unsupported start tag".to_owned()),
    ];
    for fault in trouble {
        world.telegram.fail_next("sendMessage", 1, fault);
    }
    for n in 0..6 {
        world.queue(Message { html: format!("<b>message {n}</b>"), ..Message::default() }).await;
    }
    let last = |server: &TelegramServer| server.card(OWNER, "message 5");
    world.telegram.wait_for(LIMIT, "the last message", last).await.unwrap();
    assert!(running.finish(LIMIT).await);
    let texts: Vec<String> = world
        .telegram
        .messages(OWNER)
        .into_iter()
        .map(|shown| shown.text)
        .filter(|text| text.starts_with("message"))
        .collect();
    let expected: Vec<String> = (0..6).map(|n| format!("message {n}")).collect();
    assert_eq!(texts, expected);
    assert_eq!(world.store.outbox_stats().await.unwrap().pending, 0);
}

#[tokio::test]
async fn killed_again_and_again_the_database_and_the_chat_agree() {
    let world = StandIn::new().await;
    world.telegram.as_user(OWNER).say("/start").unwrap();
    for n in 0..8 {
        world.queue(Message { html: format!("message {n}"), ..Message::default() }).await;
    }
    // Lives of growing length; the number of calls Telegram has seen decides when one ends.
    for calls in 1..14 {
        let seen = world.telegram.calls().len();
        let running = world.start();
        let enough = |server: &TelegramServer| {
            (server.calls().len() >= seen + calls || server.card(OWNER, "message 7").is_some()).then_some(())
        };
        world.telegram.wait_for(LIMIT, "some calls", enough).await.unwrap();
        kill(running).await;
    }
    let running = world.start();
    let last = |server: &TelegramServer| server.card(OWNER, "message 7");
    world.telegram.wait_for(LIMIT, "the last message", last).await.unwrap();
    assert!(running.finish(LIMIT).await);
    let texts: Vec<String> = world
        .telegram
        .messages(OWNER)
        .into_iter()
        .map(|shown| shown.text)
        .filter(|text| text.starts_with("message"))
        .collect();
    let expected: Vec<String> = (0..8).map(|n| format!("message {n}")).collect();
    assert_eq!(texts, expected);
}
