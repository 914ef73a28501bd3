//! What the chat needs from the rest: somewhere durable, someone who knows and acts, someone who draws.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use dialogues::ActionResult;
use dialogues::facts::Reader;
use dialogues::message::{Action, Message, Picture};
use dialogues::screen::Screen;
use engine_core::copy::dossier::DossierProgress;
use engine_core::notice::DecidedBy;
use serde_json::Value;
use tokio::sync::watch;

/// An update as it came.
#[derive(Debug, Clone, PartialEq)]
pub struct RawUpdate {
    /// Telegram's number; the same update always has the same.
    pub update_id: i64,
    /// `message`, `callback_query`, …
    pub kind: String,
    /// The whole update.
    pub raw: Value,
}

/// A message to be queued.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRow {
    /// Where to.
    pub chat_id: i64,
    /// Kind, for settings and figures.
    pub kind: String,
    /// The card it shows, such as `signal:12`.
    pub card: Option<String>,
    /// Edit the card's message when there is one.
    pub edit: bool,
    /// See `super::payload::Payload`.
    pub payload: Value,
    /// Without sound.
    pub silent: bool,
}

/// A queued message.
#[derive(Debug, Clone, PartialEq)]
pub struct QueuedRow {
    /// Number; the order of sending.
    pub id: i64,
    /// Where to.
    pub chat_id: i64,
    /// Kind.
    pub kind: String,
    /// The card it shows.
    pub card: Option<String>,
    /// Edit the card's message when there is one.
    pub edit: bool,
    /// Without sound.
    pub silent: bool,
    /// What to say.
    pub payload: Value,
    /// Sending was begun and never confirmed, with the highest message id seen by then: it may have arrived.
    pub begun_after: Option<i64>,
    /// How often sending was begun.
    pub attempts: u32,
    /// When it was queued.
    pub created_at: DateTime<Utc>,
}

/// What a button's token stands for.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredAction {
    /// See `super::keyboard`.
    pub action: Value,
    /// Until when it may be used.
    pub expires_at: DateTime<Utc>,
    /// When it was used.
    pub used_at: Option<DateTime<Utc>>,
}

/// Where inbox, outbox, dialogue states and button tokens are kept. Each call is one transaction.
#[async_trait]
pub trait ChatStore: Send + Sync + 'static {
    /// Keeps updates; gives the ids that were not known yet.
    async fn insert_updates(&self, updates: &[RawUpdate], now: DateTime<Utc>) -> anyhow::Result<Vec<i64>>;
    /// Updates not handled yet, oldest first.
    async fn unhandled(&self) -> anyhow::Result<Vec<RawUpdate>>;
    /// Marks an update handled, keeps the dialogue's new state (chat, JSON) and queues messages: all or nothing.
    async fn mark_handled(
        &self,
        update_id: i64,
        dialogue: Option<(i64, String)>,
        rows: &[NewRow],
        now: DateTime<Utc>,
    ) -> anyhow::Result<()>;
    /// Queues messages that answer no update.
    async fn queue(&self, rows: &[NewRow], now: DateTime<Utc>) -> anyhow::Result<()>;
    /// The stored state of a dialogue.
    async fn dialogue(&self, chat_id: i64) -> anyhow::Result<Option<String>>;
    /// Messages that may be sent now, in order; of a chat whose first is not due, none.
    async fn due(&self, now: DateTime<Utc>, limit: u32) -> anyhow::Result<Vec<QueuedRow>>;
    /// Sending of these as one message begins. An error when one of them is not to be sent any more.
    async fn mark_sending(&self, ids: &[i64], begun_after: i64) -> anyhow::Result<()>;
    /// They arrived as this message.
    async fn mark_sent(&self, ids: &[i64], message_id: i64, now: DateTime<Utc>) -> anyhow::Result<()>;
    /// They certainly did not arrive; try again later.
    async fn retry_at(&self, ids: &[i64], at: DateTime<Utc>, error: &str) -> anyhow::Result<()>;
    /// They will not be sent.
    async fn give_up(&self, ids: &[i64], error: &str) -> anyhow::Result<()>;
    /// The message that shows a card in a chat.
    async fn card_message(&self, chat_id: i64, card: &str) -> anyhow::Result<Option<i64>>;
    /// Keeps what a token stands for; a token that exists is left as it is.
    async fn put_action(&self, token: &str, action: &Value, expires_at: DateTime<Utc>) -> anyhow::Result<()>;
    /// Looks a token up.
    async fn action(&self, token: &str) -> anyhow::Result<Option<StoredAction>>;
    /// Uses a token up.
    async fn use_action(&self, token: &str, by: i64, at: DateTime<Utc>) -> anyhow::Result<()>;
    /// A small fact by key.
    async fn get(&self, key: &str) -> anyhow::Result<Option<String>>;
    /// Keeps a small fact.
    async fn put(&self, key: &str, value: &str) -> anyhow::Result<()>;
}

/// A screen as it can be shown now.
#[derive(Debug)]
pub struct Shown {
    /// What it says.
    pub message: Message,
    /// What is still being found out for it; `None` when it is complete.
    pub pending: Option<Pending>,
}

/// What a screen waits for.
#[derive(Debug)]
pub struct Pending {
    /// The screen to be shown again with every progress, and at the end.
    pub screen: Screen,
    /// Changes with every progress; closed at the end.
    pub news: watch::Receiver<DossierProgress>,
}

impl From<Message> for Shown {
    fn from(message: Message) -> Self {
        Self { message, pending: None }
    }
}

/// Who knows and acts: the engine, seen from the chat.
#[async_trait]
pub trait Desk: Send + Sync + 'static {
    /// Gathers the facts of a screen and renders it. A failure is told in the message. `note` is a word to put on top.
    /// What takes longer than a moment is begun here and goes on by itself.
    async fn screen(&self, screen: &Screen, reader: &Reader, note: Option<&str>) -> Shown;
    /// Acts. Doing it twice must be harmless: after a crash a press is handled again.
    async fn perform(&self, action: &Action, by: &DecidedBy) -> ActionResult;
}

/// Who draws.
#[async_trait]
pub trait Painter: Send + Sync + 'static {
    /// The picture as PNG, or GIF for a victory; `None` when it cannot be drawn: the text goes out without it.
    async fn paint(&self, picture: &Picture) -> Option<Vec<u8>>;
}
