//! How conditions resolved.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "resolutions")]
pub struct Model {
    /// The condition.
    #[sea_orm(primary_key, auto_increment = false)]
    pub condition_id: String,
    /// What a share of Yes paid, millionths of a dollar.
    pub payout_yes_micros: i64,
    /// What a share of No paid, millionths of a dollar.
    pub payout_no_micros: i64,
    /// Who said so.
    pub source: String,
    /// The venue's time of the resolution, when given.
    pub resolved_ms: Option<i64>,
    /// When it was recorded.
    pub recorded_ms: i64,
}

/// Joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
