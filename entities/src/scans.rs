//! Scans of the venue and their figures.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "scans")]
pub struct Model {
    /// Number.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// When it began.
    pub started_ms: i64,
    /// When it ended.
    pub ended_ms: i64,
    /// Markets listed.
    pub fetched: i64,
    /// Markets scored.
    pub scored: i64,
    /// Signals raised.
    pub signals: i64,
    /// Bets placed at once.
    pub bets: i64,
    /// The whole `ScanSummary` as JSON.
    pub summary: String,
}

/// Joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
