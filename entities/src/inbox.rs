//! Updates received from Telegram, each once.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "inbox")]
pub struct Model {
    /// The bot it was sent to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub bot: i64,
    /// Telegram's number, of this bot.
    #[sea_orm(primary_key, auto_increment = false)]
    pub update_id: i64,
    /// Kind of update.
    pub kind: String,
    /// The update as received, JSON.
    pub raw: String,
    /// When.
    pub received_ms: i64,
    /// When it was handled.
    pub handled_ms: Option<i64>,
}

/// Joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
