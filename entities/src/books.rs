//! A book: one strategy's or the copy engine's isolated bankroll.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "books")]
pub struct Model {
    /// Name, lower case.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// `approve`, `auto` or `paused`.
    pub mode: String,
    /// When it was made.
    pub created_ms: i64,
}

/// Joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
