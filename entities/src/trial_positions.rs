//! Positions of thresholds on trial: no money is behind them.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "trial_positions")]
pub struct Model {
    /// Number.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The trial.
    pub trial_id: i64,
    /// The market.
    pub condition_id: String,
    /// Its group.
    pub group_id: String,
    /// Its category.
    pub category: Option<String>,
    /// `open` or `settled`.
    pub status: String,
    /// When it was opened.
    pub opened_ms: i64,
    /// Shares bought.
    pub shares_micros: i64,
    /// Paid for them, fees apart.
    pub stake_micros: i64,
    /// Cost basis of the shares still held.
    pub cost_micros: i64,
    /// Profit so far, after fees.
    pub pnl_micros: i64,
    /// What the resolution paid a share.
    pub payout_micros: Option<i64>,
    /// The position, JSON.
    pub body: String,
    /// Its fill, JSON.
    pub fill: String,
}

/// Joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
