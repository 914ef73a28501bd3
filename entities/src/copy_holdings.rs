//! What followed traders hold, market by market.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "copy_holdings")]
pub struct Model {
    /// Proxy wallet.
    #[sea_orm(primary_key, auto_increment = false)]
    pub wallet: String,
    /// The market; empty for what is not of one market.
    #[sea_orm(primary_key, auto_increment = false)]
    pub condition_id: String,
    /// The holding, JSON.
    pub body: String,
}

/// Joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
