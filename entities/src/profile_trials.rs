//! Thresholds that run beside the real ones.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "profile_trials")]
pub struct Model {
    /// Number.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The strategy's book.
    pub book: String,
    /// All thresholds, JSON.
    pub thresholds: String,
    /// What it began with, millionths of a dollar.
    pub bankroll_micros: i64,
    /// `running`, `dropped` or `promoted`.
    pub status: String,
    /// Who began it, JSON.
    pub begun_by: String,
    /// When.
    pub began_ms: i64,
    /// When it ended.
    pub ended_ms: Option<i64>,
}

/// Joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
