//! Thresholds of strategies as changed in the chat.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "profiles")]
pub struct Model {
    /// The strategy's book.
    #[sea_orm(primary_key, auto_increment = false)]
    pub book: String,
    /// All thresholds, JSON.
    pub thresholds: String,
    /// When they were last changed.
    pub saved_ms: i64,
}

/// Joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
