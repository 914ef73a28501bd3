//! The ledger.

use sea_orm_migration::prelude::*;

use crate::sql::{drop_tables, run};

/// This step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const UP: &[&str] = &[
    "CREATE TABLE transfers (
        id {ID},
        at_ms BIGINT NOT NULL,
        from_account TEXT NOT NULL,
        to_account TEXT NOT NULL CHECK (from_account <> to_account),
        amount_micros BIGINT NOT NULL CHECK (amount_micros > 0),
        kind TEXT NOT NULL,
        book TEXT NOT NULL REFERENCES books (name),
        position_id BIGINT REFERENCES positions (id)
    )",
    "CREATE INDEX transfers_by_book_and_time ON transfers (book, at_ms)",
    "CREATE INDEX transfers_by_position ON transfers (position_id)",
];

const TABLES: &[&str] = &["transfers"];

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
