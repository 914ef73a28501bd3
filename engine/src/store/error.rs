//! What can go wrong with the store.

use sea_orm::{DbErr, SqlErr};
use thiserror::Error;

/// Why the store could not do what it was asked. No text holds a database address or password.
#[derive(Debug, Error)]
pub enum StoreError {
    /// `DATABASE_URL` cannot be used.
    #[error("DATABASE_URL {0}")]
    Address(String),
    /// The database did not let us in or could not be opened.
    #[error("the database cannot be opened: {0}")]
    Connect(String),
    /// Another writer kept the database locked for longer than we wait.
    #[error("the database is busy: {0}")]
    Busy(String),
    /// Another process holds the lease.
    #[error(
        "another oddsmith already runs `{name}` on this database; stop it first (one process a database and engine)"
    )]
    LeaseTaken {
        /// What is leased.
        name: String,
    },
    /// The lease could not be asked for, or was lost.
    #[error("the lease `{name}` cannot be held: {reason}")]
    Lease {
        /// What is leased.
        name: String,
        /// Why not.
        reason: String,
    },
    /// A stored value cannot be read back.
    #[error("{what} in table `{table}` cannot be read: {reason}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// Which value.
        what: String,
        /// Why not.
        reason: String,
    },
    /// Asked for what makes no sense, such as a decision that leaves a signal pending.
    #[error("not a valid request: {0}")]
    Invalid(String),
    /// The database refused.
    #[error("database: {0}")]
    Database(#[source] DbErr),
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        let text = error.to_string();
        let waited = matches!(error, DbErr::ConnectionAcquire(_));
        // Codes 5 and 6 of SQLite; 55P03, 40P01 and 40001 of PostgreSQL.
        let contended = ["database is locked", "database table is locked", "deadlock detected", "could not serialize"];
        if waited || contended.iter().any(|words| text.contains(words)) {
            return Self::Busy(text);
        }
        Self::Database(error)
    }
}

impl StoreError {
    /// True when the same call may work a little later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Busy(_) => true,
            Self::Database(error) => matches!(error, DbErr::Conn(_) | DbErr::ConnectionAcquire(_)),
            Self::Address(_)
            | Self::Connect(_)
            | Self::LeaseTaken { .. }
            | Self::Lease { .. }
            | Self::Corrupt { .. }
            | Self::Invalid(_) => false,
        }
    }

    /// True when a unique index refused the row.
    pub(crate) fn is_unique_violation(&self) -> bool {
        match self {
            Self::Database(error) => is_unique_violation(error),
            Self::Address(_)
            | Self::Connect(_)
            | Self::Busy(_)
            | Self::LeaseTaken { .. }
            | Self::Lease { .. }
            | Self::Corrupt { .. }
            | Self::Invalid(_) => false,
        }
    }
}

/// True when a unique index refused the row.
fn is_unique_violation(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}
