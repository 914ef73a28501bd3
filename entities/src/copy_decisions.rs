//! What came of the orders of followed traders.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "copy_decisions")]
pub struct Model {
    /// Number.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Whose order.
    pub wallet: String,
    /// Hash of its transaction.
    pub transaction_hash: String,
    /// The outcome token, else the condition, else empty.
    pub subject: String,
    /// `buy`, `sell` or `other`.
    pub side: String,
    /// What came of it.
    pub fate: String,
    /// The gate that stopped it.
    pub gate: Option<String>,
    /// Why, in words.
    pub reason: String,
    /// The market.
    pub condition_id: Option<String>,
    /// When the trader acted.
    pub traded_ms: i64,
    /// When we decided.
    pub decided_ms: i64,
    /// The whole decision as JSON, when one was made by the gates.
    pub body: Option<String>,
    /// The signal raised.
    pub signal_id: Option<i64>,
    /// Our position that was opened or reduced.
    pub position_id: Option<i64>,
}

/// Joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
