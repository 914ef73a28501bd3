//! The newest decision on each market, whole.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "latest_decisions")]
pub struct Model {
    /// Gamma's market id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub market_id: String,
    /// The condition.
    pub condition_id: String,
    /// The question.
    pub question: String,
    /// The question in lower case, for searching.
    pub question_lower: String,
    /// Path of the public page.
    pub path: String,
    /// When.
    pub at_ms: i64,
    /// Gate that stopped it.
    pub gate: Option<String>,
    /// A forecast was made.
    pub scored: bool,
    /// The whole `Decision` as JSON.
    pub decision: String,
}

/// Joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
