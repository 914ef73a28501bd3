//! Small helpers for raw statements.

use sea_orm::{ConnectionTrait, Statement};

use super::error::StoreError;

/// The one number a statement gives as column `n`; 0 when it gives none.
pub(crate) async fn number<C: ConnectionTrait>(db: &C, statement: Statement) -> Result<i64, StoreError> {
    let row = db.query_one_raw(statement).await?;
    let value: Option<Option<i64>> = row.map(|row| row.try_get("", "n")).transpose()?;
    Ok(value.flatten().unwrap_or(0))
}

/// Rows a statement changed.
pub(crate) async fn changed<C: ConnectionTrait>(db: &C, statement: Statement) -> Result<u64, StoreError> {
    Ok(db.execute_raw(statement).await?.rows_affected())
}

/// `$from, $from+1, …` for an `IN (…)` of `n` values.
pub(crate) fn placeholders(from: usize, n: usize) -> String {
    (from..from + n).map(|i| format!("${i}")).collect::<Vec<_>>().join(", ")
}
