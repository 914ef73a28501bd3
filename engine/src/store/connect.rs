//! Opening the database and beginning transactions.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sea_orm::sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sea_orm::sqlx::sqlite::{
    SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sea_orm::{
    DatabaseConnection, DatabaseTransaction, DbBackend, SqliteTransactionMode, SqlxPostgresConnector,
    SqlxSqliteConnector, Statement, TransactionOptions, TransactionTrait, Value,
};

use super::error::StoreError;

/// How long SQLite waits for another process's lock before it says "locked"; then we ask again.
const SQLITE_BUSY_WAIT: Duration = Duration::from_secs(5);
/// How often a transaction is begun again when another process holds the lock.
const BEGIN_ATTEMPTS: u32 = 6;
/// How long a task waits for a connection.
const ACQUIRE_WAIT: Duration = Duration::from_secs(30);
const SQLITE_READERS: u32 = 4;
const POSTGRES_CONNECTIONS: u32 = 8;

/// What the bot remembers. Cheap to clone; all clones share the connections.
///
/// SQLite has one connection that writes, so that our own tasks queue instead of locking each other out, and a few that
/// only read; PostgreSQL has one pool for both.
#[derive(Debug, Clone)]
pub struct Store {
    writer: DatabaseConnection,
    reader: DatabaseConnection,
    pub(super) place: Place,
}

/// Where the database is.
#[derive(Clone)]
pub(super) enum Place {
    /// A file.
    Sqlite(PathBuf),
    /// A server. Holds the password: never printed.
    Postgres(Box<PgConnectOptions>),
}

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => f.debug_tuple("Sqlite").field(path).finish(),
            Self::Postgres(_) => f.write_str("Postgres(…)"),
        }
    }
}

impl Store {
    /// Opens the database at `url`: `sqlite:<path>` or `sqlite://<path>` (file and folder are made when missing), or
    /// `postgres://…`. Does not touch the schema: run `migration::up` on [`Store::connection`] first.
    ///
    /// # Errors
    /// [`StoreError::Address`] for another kind of address, [`StoreError::Connect`] when it cannot be opened.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        let place = parse_place(url)?;
        match &place {
            Place::Sqlite(path) => {
                let (writer, reader) = open_sqlite(path).await?;
                Ok(Self { writer, reader, place })
            }
            Place::Postgres(options) => {
                let pool = PgPoolOptions::new()
                    .max_connections(POSTGRES_CONNECTIONS)
                    .acquire_timeout(ACQUIRE_WAIT)
                    .connect_with((**options).clone())
                    .await
                    .map_err(|error| StoreError::Connect(error.to_string()))?;
                let both = SqlxPostgresConnector::from_sqlx_postgres_pool(pool);
                Ok(Self { writer: both.clone(), reader: both, place })
            }
        }
    }

    /// The writing connection, for migrations.
    #[must_use]
    pub const fn connection(&self) -> &DatabaseConnection {
        &self.writer
    }

    /// `sqlite` or `postgres`, for health reports.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self.place {
            Place::Sqlite(_) => "sqlite",
            Place::Postgres(_) => "postgres",
        }
    }

    /// Asks the database whether it is there.
    ///
    /// # Errors
    /// When it is not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        Ok(self.reader.ping().await?)
    }

    /// Closes all connections, after which SQLite's side files are folded into the one file.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn close(self) -> Result<(), StoreError> {
        self.reader.close_by_ref().await?;
        Ok(self.writer.close().await?)
    }

    /// The connection to read through.
    pub(super) const fn read(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// Begins a transaction that may write. On SQLite it takes the write lock at once: a transaction that reads first and
    /// writes later could find the lock taken with its work half done.
    pub(super) async fn begin(&self) -> Result<DatabaseTransaction, StoreError> {
        let mut attempt = 1;
        loop {
            let options = TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                ..TransactionOptions::default()
            };
            match self.writer.begin_with_options(options).await.map_err(StoreError::from) {
                Ok(transaction) => return Ok(transaction),
                // SQLite itself has waited `SQLITE_BUSY_WAIT` by then.
                Err(StoreError::Busy(_)) if attempt < BEGIN_ATTEMPTS => attempt += 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// A raw statement. Both databases number their parameters `$1`, `$2`, ….
    pub(super) fn sql<I: IntoIterator<Item = Value>>(&self, text: &str, values: I) -> Statement {
        let backend = match self.place {
            Place::Sqlite(_) => DbBackend::Sqlite,
            Place::Postgres(_) => DbBackend::Postgres,
        };
        Statement::from_sql_and_values(backend, text, values)
    }
}

fn parse_place(url: &str) -> Result<Place, StoreError> {
    if let Some(rest) = url.strip_prefix("sqlite:") {
        let path = rest.strip_prefix("//").unwrap_or(rest);
        let path = path.split_once('?').map_or(path, |(path, _)| path);
        if path.is_empty() || path == ":memory:" {
            return Err(StoreError::Address("must name a file, such as sqlite://data/oddsmith.db".to_owned()));
        }
        return Ok(Place::Sqlite(PathBuf::from(path)));
    }
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        let options: PgConnectOptions = url.parse().map_err(|_| {
            // The parser's own words may quote the address, and with it the password.
            StoreError::Address(
                "is not a valid PostgreSQL address (postgres://user:password@host:5432/name)".to_owned(),
            )
        })?;
        return Ok(Place::Postgres(Box::new(options.application_name("oddsmith"))));
    }
    Err(StoreError::Address("must begin with sqlite:// or postgres://".to_owned()))
}

async fn open_sqlite(path: &Path) -> Result<(DatabaseConnection, DatabaseConnection), StoreError> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        tokio::fs::create_dir_all(folder)
            .await
            .map_err(|error| StoreError::Connect(format!("{}: {error}", folder.display())))?;
    }
    let failed = |error: sea_orm::sqlx::Error| StoreError::Connect(format!("{}: {error}", path.display()));
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        // Takes effect on a new file only; lets retention give space back.
        .auto_vacuum(SqliteAutoVacuum::Incremental)
        .journal_mode(SqliteJournalMode::Wal)
        // A bet that was confirmed must survive a power cut, not only a crash.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(SQLITE_BUSY_WAIT);
    let pool = |connections: u32| {
        SqlitePoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(ACQUIRE_WAIT)
            .idle_timeout(None)
            .max_lifetime(None)
    };
    let writer = pool(1).connect_with(options.clone()).await.map_err(failed)?;
    let readers = pool(SQLITE_READERS).connect_with(options.pragma("query_only", "ON")).await.map_err(failed)?;
    Ok((SqlxSqliteConnector::from_sqlx_sqlite_pool(writer), SqlxSqliteConnector::from_sqlx_sqlite_pool(readers)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_addresses_are_refused_without_being_quoted() {
        for url in ["", "mysql://u:canary@h/db", "postgres://u:canary@h:port/db", "sqlite::memory:", "canary.db"] {
            let error = parse_place(url).expect_err(url).to_string();
            assert!(error.starts_with("DATABASE_URL"), "{error}");
            assert!(!error.contains("canary"), "{error}");
        }
    }

    #[test]
    fn no_password_in_debug_output() {
        let place = parse_place("postgres://user:canary@localhost/db").unwrap();
        assert!(!format!("{place:?}").contains("canary"));
    }
}
