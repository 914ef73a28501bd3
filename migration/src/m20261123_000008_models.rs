//! Versions of the model.

use sea_orm_migration::prelude::*;

use crate::sql::{drop_tables, run};

/// This step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const UP: &[&str] = &[
    "CREATE TABLE models (
        id {ID},
        version TEXT NOT NULL,
        path TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('candidate', 'champion', 'retired', 'refused')),
        trained_ms BIGINT,
        known_ms BIGINT,
        added_ms BIGINT NOT NULL,
        rival TEXT,
        duel TEXT,
        reason TEXT,
        decided_by TEXT,
        decided_ms BIGINT,
        promoted_ms BIGINT
    )",
    "CREATE UNIQUE INDEX models_one_champion ON models (status) WHERE status = 'champion'",
    "CREATE UNIQUE INDEX models_versions ON models (version) WHERE status <> 'refused'",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["models"]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
