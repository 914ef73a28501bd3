//! Copies on probation: judged and filled like others, without money.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "copy_shadows")]
pub struct Model {
    /// Number.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Whose order was copied.
    pub wallet: String,
    /// The market.
    pub condition_id: String,
    /// Its group.
    pub group_id: String,
    /// `open`, `closed` or `settled`.
    pub status: String,
    /// When it was opened.
    pub opened_ms: i64,
    /// When it ended.
    pub closed_ms: Option<i64>,
    /// Shares still held, or those paid out by the resolution.
    pub shares_micros: i64,
    /// Profit a share after fees, once it ended.
    pub profit: Option<f64>,
    /// What the resolution paid a share.
    pub payout_micros: Option<i64>,
    /// The position, JSON.
    pub body: String,
    /// Its fills, JSON, the one that opened it first.
    pub fills: String,
}

/// Joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
