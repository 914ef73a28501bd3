//! Sales that follow a trader's and could not be made yet.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "copy_rests")]
pub struct Model {
    /// Of which position.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position_id: i64,
    /// Whose sale is followed.
    pub wallet: String,
    /// Shares still to be sold.
    pub shares_micros: i64,
    /// The share of his position the trader disposed of last.
    pub fraction: f64,
    /// When he acted last.
    pub acted_ms: i64,
    /// Since when a sale is owed.
    pub since_ms: i64,
    /// When it was tried last.
    pub tried_ms: i64,
    /// When the owner was told that it could not be made.
    pub told_ms: Option<i64>,
}

/// Joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
