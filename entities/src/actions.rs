//! What a button that acts stands for: single use.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "actions")]
pub struct Model {
    /// Opaque token carried by the button.
    #[sea_orm(primary_key, auto_increment = false)]
    pub token: String,
    /// The bot whose button it is.
    pub bot: i64,
    /// The action, JSON.
    pub action: String,
    /// Until when it may be used.
    pub expires_ms: i64,
    /// When it was used.
    pub used_ms: Option<i64>,
    /// Who used it, Telegram user id.
    pub used_by: Option<i64>,
}

/// Joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
