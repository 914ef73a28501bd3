//! Conditions whose resolution is awaited: the fair queue of the resolver.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "conditions")]
pub struct Model {
    /// The condition.
    #[sea_orm(primary_key, auto_increment = false)]
    pub condition_id: String,
    /// Gamma's market id.
    pub market_id: String,
    /// The market's published end.
    pub end_ms: Option<i64>,
    /// When it was first seen.
    pub first_seen_ms: i64,
    /// When it was last asked for; 0 for never.
    pub polled_ms: i64,
    /// Since when it was seen closed, if it was.
    pub closed_ms: Option<i64>,
    /// The oracle's status, when given.
    pub oracle_status: Option<String>,
    /// When the owner was told that it stays unresolved.
    pub alerted_ms: Option<i64>,
    /// The same, in the chat of a bot of the copy engine's own.
    pub copy_alerted_ms: Option<i64>,
    /// When its resolution was recorded.
    pub resolved_ms: Option<i64>,
}

/// Joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
