//! Schema history of the database: one step a file, each applied whole or not at all, on SQLite and PostgreSQL.
//!
//! A step that was released is never changed; a change is a new step.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DatabaseConnection;

mod change;
mod m20261123_000001_books;
mod m20261123_000002_signals;
mod m20261123_000003_positions;
mod m20261123_000004_ledger;
mod m20261123_000005_forecasts;
mod m20261123_000006_telegram;
mod m20261123_000007_calibration;
mod m20261123_000008_models;
mod m20261123_000009_copy;
mod m20261123_000010_mirror;
mod m20261123_000011_bots;
mod m20261123_000012_dossiers;
mod m20261123_000014_tuning;
mod m20261123_000015_trials;

/// The history, oldest first.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261123_000001_books::CHANGE),
            Box::new(m20261123_000002_signals::CHANGE),
            Box::new(m20261123_000003_positions::CHANGE),
            Box::new(m20261123_000004_ledger::CHANGE),
            Box::new(m20261123_000005_forecasts::CHANGE),
            Box::new(m20261123_000006_telegram::CHANGE),
            Box::new(m20261123_000007_calibration::CHANGE),
            Box::new(m20261123_000008_models::CHANGE),
            Box::new(m20261123_000009_copy::CHANGE),
            Box::new(m20261123_000010_mirror::CHANGE),
            Box::new(m20261123_000011_bots::CHANGE),
            Box::new(m20261123_000012_dossiers::CHANGE),
            Box::new(m20261123_000014_tuning::CHANGE),
            Box::new(m20261123_000015_trials::CHANGE),
        ]
    }
}

/// One step and whether this database has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Name of the step.
    pub name: String,
    /// Applied here.
    pub applied: bool,
}

/// Applies every step not yet applied, and says how many that were.
///
/// # Errors
/// When the database was made by a newer program (it has steps unknown here; nothing is touched), or a step fails (it is
/// rolled back).
pub async fn up(db: &DatabaseConnection) -> Result<usize, DbErr> {
    let pending = status(db).await?.iter().filter(|step| !step.applied).count();
    Migrator::up(db, None).await?;
    Ok(pending)
}

/// Takes back the newest `steps` steps with all they hold.
///
/// # Errors
/// As for [`up`].
pub async fn down(db: &DatabaseConnection, steps: u32) -> Result<(), DbErr> {
    status(db).await?;
    Migrator::down(db, Some(steps)).await
}

/// Every step and whether it is applied. Changes nothing.
///
/// # Errors
/// When the database has a step unknown here, or cannot be read.
pub async fn status(db: &DatabaseConnection) -> Result<Vec<Step>, DbErr> {
    let known: Vec<String> = Migrator::migrations().iter().map(|step| step.name().to_owned()).collect();
    let applied = applied_steps(db).await?;
    if let Some(unknown) = applied.iter().find(|name| !known.contains(name)) {
        return Err(DbErr::Migration(format!(
            "the database has schema step `{unknown}`, which this version does not know: it was made by a newer \
             oddsmith; use that one, or another database"
        )));
    }
    Ok(known.into_iter().map(|name| Step { applied: applied.contains(&name), name }).collect())
}

async fn applied_steps(db: &DatabaseConnection) -> Result<Vec<String>, DbErr> {
    let manager = SchemaManager::new(db);
    if !manager.has_table("seaql_migrations").await? {
        return Ok(Vec::new());
    }
    let rows = db
        .query_all_raw(sea_orm::Statement::from_string(
            db.get_database_backend(),
            "SELECT version FROM seaql_migrations ORDER BY version",
        ))
        .await?;
    rows.iter().map(|row| row.try_get("", "version")).collect()
}
