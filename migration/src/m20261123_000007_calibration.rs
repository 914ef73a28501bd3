//! What a calibration curve made of a forecast, beside what was said before it: curves are learned from the latter.

use sea_orm_migration::prelude::*;

use crate::sql::run;

/// This step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["ALTER TABLE predictions ADD COLUMN calibrated DOUBLE PRECISION"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["ALTER TABLE predictions DROP COLUMN calibrated"]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
