//! A position: shares of one outcome held by one book.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "positions")]
pub struct Model {
    /// Number.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Whose it is.
    pub book: String,
    /// What suggested it.
    pub source: String,
    /// Gamma's market id.
    pub market_id: String,
    /// The condition that settles it.
    pub condition_id: String,
    /// The market's cluster.
    pub group_id: String,
    /// Category, for exposure caps and breakdowns.
    pub category: Option<String>,
    /// The question.
    pub question: String,
    /// Path of the public page.
    pub path: String,
    /// The token held.
    pub token_id: String,
    /// `Yes` or `No`.
    pub outcome: String,
    /// What the venue calls the outcome.
    pub outcome_label: String,
    /// Shares still held, millionths.
    pub shares_micros: i64,
    /// Shares bought in all, millionths.
    pub shares_bought_micros: i64,
    /// Cost basis of the shares held, millionths of a dollar.
    pub cost_micros: i64,
    /// Paid for all shares bought, fees apart, millionths of a dollar.
    pub stake_micros: i64,
    /// All fees paid, millionths of a dollar.
    pub fee_micros: i64,
    /// `open`, `closed` or `settled`.
    pub status: String,
    /// Realised profit after fees, millionths of a dollar.
    pub realized_pnl_micros: i64,
    /// When it was opened.
    pub opened_ms: i64,
    /// When it was closed or settled.
    pub closed_ms: Option<i64>,
    /// The market's published end.
    pub end_ms: Option<i64>,
    /// The signal it came from.
    pub signal_id: Option<i64>,
    /// The copied trader's wallet.
    pub trader: Option<String>,
}

/// Joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
