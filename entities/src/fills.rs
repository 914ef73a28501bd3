//! A fill: one executed paper order, with all that is needed to check it.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "fills")]
pub struct Model {
    /// Number.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The position it belongs to.
    pub position_id: i64,
    /// Whose it is.
    pub book: String,
    /// What was traded.
    pub token_id: String,
    /// `buy` or `sell`.
    pub side: String,
    /// Shares, millionths.
    pub shares_micros: i64,
    /// Average price before the fee, millionths.
    pub vwap_micros: i64,
    /// Dollars for the shares before the fee, millionths.
    pub notional_micros: i64,
    /// Taker fee, millionths of a dollar.
    pub fee_micros: i64,
    /// Rate of the fee rule.
    pub fee_rate: f64,
    /// The fee rule in words.
    pub fee_formula: String,
    /// Midpoint of the book walked.
    pub mid: Option<f64>,
    /// The venue's hash of that book.
    pub book_hash: Option<String>,
    /// The venue's time of that book.
    pub book_ms: i64,
    /// Levels taken, JSON `[[price, shares], …]` in millionths.
    pub levels: String,
    /// When the decision was made.
    pub decided_ms: i64,
    /// When it was filled.
    pub filled_ms: i64,
}

/// Joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
