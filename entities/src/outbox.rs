//! Messages to be sent, each once and in order per chat.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    /// Number; the order of sending.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The bot that sends it.
    pub bot: i64,
    /// Chat to send to.
    pub chat_id: i64,
    /// Kind of message, for settings and figures.
    pub kind: String,
    /// Card the message is a state of, such as `signal:12`.
    pub card: Option<String>,
    /// Edit the card's message when there is one.
    pub edit: bool,
    /// Without sound.
    pub silent: bool,
    /// What to say, JSON.
    pub payload: String,
    /// `queued`, `sending`, `sent` or `failed`.
    pub status: String,
    /// How often sending was begun.
    pub attempts: i32,
    /// When it was queued.
    pub created_ms: i64,
    /// Not to be sent before.
    pub due_ms: i64,
    /// Highest message id seen when sending began.
    pub probe_from: Option<i64>,
    /// Telegram's message id, once sent.
    pub message_id: Option<i64>,
    /// When it was sent.
    pub sent_ms: Option<i64>,
    /// Why the last attempt failed.
    pub error: Option<String>,
}

/// Joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
