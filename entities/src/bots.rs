//! Telegram bots that spoke for this database, and which engines' each is.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "bots")]
pub struct Model {
    /// Telegram's number of the bot, the one its token begins with.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// `main` or `copy`.
    pub role: String,
    /// When it last started.
    pub started_ms: i64,
    /// When another bot took its place, if one did.
    pub left_ms: Option<i64>,
}

/// Joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
