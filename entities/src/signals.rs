//! A signal: a market judged worth a bet, and what became of it.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "signals")]
pub struct Model {
    /// Number.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// `ensemble`, `llm_consensus`, `news` or `copy_trade`.
    pub source: String,
    /// Gamma's market id.
    pub market_id: String,
    /// The condition.
    pub condition_id: String,
    /// The market's cluster.
    pub group_id: String,
    /// The token to buy.
    pub token_id: String,
    /// `Yes` or `No`.
    pub outcome: String,
    /// P(Yes) of the source before anchoring.
    pub model_p: Option<f64>,
    /// Anchored P(Yes).
    pub posterior: Option<f64>,
    /// Trust in the source, 0–1.
    pub confidence: Option<f64>,
    /// Win probability minus the cost of a share, fees in.
    pub edge: f64,
    /// `pending`, `approved`, `skipped`, `expired` or `auto`.
    pub status: String,
    /// Half of each stake was approved.
    pub half: bool,
    /// The whole `Decision` as JSON.
    pub decision: String,
    /// When it was raised.
    pub created_ms: i64,
    /// Until when it can be decided.
    pub expires_ms: i64,
    /// Who decided, as JSON.
    pub decided_by: Option<String>,
    /// When it was decided.
    pub decided_ms: Option<i64>,
}

/// Joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
