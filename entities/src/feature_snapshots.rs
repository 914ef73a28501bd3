//! The features a signal, or a bet made on it, was based on.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "feature_snapshots")]
pub struct Model {
    /// Number.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The signal.
    pub signal_id: i64,
    /// The bet; empty for the signal's own snapshot.
    pub position_id: Option<i64>,
    /// Version of the feature set.
    pub version: i32,
    /// The numbers in order, JSON.
    pub features: String,
    /// As of when.
    pub at_ms: i64,
}

/// Joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
