//! Books, mutes and small facts.

use sea_orm_migration::prelude::*;

use crate::sql::{drop_tables, run};

/// This step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const UP: &[&str] = &[
    "CREATE TABLE books (
        name TEXT PRIMARY KEY NOT NULL,
        mode TEXT NOT NULL,
        created_ms BIGINT NOT NULL
    )",
    "CREATE TABLE kv (
        key TEXT PRIMARY KEY NOT NULL,
        value TEXT NOT NULL
    )",
    "CREATE TABLE mutes (
        group_id TEXT PRIMARY KEY NOT NULL,
        muted_ms BIGINT NOT NULL
    )",
];

const TABLES: &[&str] = &["mutes", "kv", "books"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, TABLES).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
