//! Traders who were looked at: shown on a leaderboard, or reported.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "copy_looked_at")]
pub struct Model {
    /// Proxy wallet, lower case.
    #[sea_orm(primary_key, auto_increment = false)]
    pub wallet: String,
    /// When first.
    pub first_ms: i64,
}

/// Joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
