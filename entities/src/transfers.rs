//! The ledger: money moving from one account to another. Rows are only ever added.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "transfers")]
pub struct Model {
    /// Number.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// When.
    pub at_ms: i64,
    /// Account debited.
    pub from_account: String,
    /// Account credited.
    pub to_account: String,
    /// Dollars, millionths.
    pub amount_micros: i64,
    /// Why.
    pub kind: String,
    /// Whose books it concerns.
    pub book: String,
    /// The position it concerns.
    pub position_id: Option<i64>,
}

/// Joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
