//! Versions of the model: which serves, which wait, which were refused.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "models")]
pub struct Model {
    /// Number.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Name of the version, unique among those not refused.
    pub version: String,
    /// Folder of its files.
    pub path: String,
    /// SHA-256 of the graph, lower-case hex; empty when it could not be read.
    pub sha256: String,
    /// `candidate`, `champion`, `retired` or `refused`; one champion at most.
    pub status: String,
    /// When it was trained, as it says.
    pub trained_ms: Option<i64>,
    /// Up to when it knows how anything ended.
    pub known_ms: Option<i64>,
    /// When it came to us.
    pub added_ms: i64,
    /// The version it was compared with.
    pub rival: Option<String>,
    /// How that went, JSON.
    pub duel: Option<String>,
    /// Why it was refused.
    pub reason: Option<String>,
    /// Who decided, JSON.
    pub decided_by: Option<String>,
    /// When.
    pub decided_ms: Option<i64>,
    /// When it last became champion.
    pub promoted_ms: Option<i64>,
}

/// Joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
