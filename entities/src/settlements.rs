//! The payout of a position by the resolution of its market: at most one each.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "settlements")]
pub struct Model {
    /// The position.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position_id: i64,
    /// The condition.
    pub condition_id: String,
    /// What a share paid, millionths of a dollar.
    pub payout_micros: i64,
    /// Shares paid out, millionths.
    pub shares_micros: i64,
    /// Their cost basis, millionths of a dollar.
    pub cost_micros: i64,
    /// Dollars paid out, millionths.
    pub proceeds_micros: i64,
    /// Profit of the whole position after fees, millionths of a dollar.
    pub pnl_micros: i64,
    /// When.
    pub settled_ms: i64,
    /// When a changed resolution was last booked.
    pub corrected_ms: Option<i64>,
}

/// Joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
