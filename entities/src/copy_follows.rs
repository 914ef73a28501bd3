//! Followed traders.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "copy_follows")]
pub struct Model {
    /// Proxy wallet, lower case.
    #[sea_orm(primary_key, auto_increment = false)]
    pub wallet: String,
    /// What the trader called himself when last asked.
    pub name: String,
    /// How copies are sized, JSON.
    pub sizing: String,
    /// Caps, JSON.
    pub caps: String,
    /// `approve` or `auto`.
    pub mode: String,
    /// `shadow`, `live` or `failed`.
    pub stage: String,
    /// `active`, `paused` or `ended`.
    pub standing: String,
    /// When the follow began.
    pub followed_ms: i64,
    /// When it entered its stage, or ended.
    pub changed_ms: i64,
}

/// Joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
