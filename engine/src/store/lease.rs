//! One process a database: held for as long as the process lives, released by its death.
//!
//! A row with an expiry would keep a restarted bot waiting after a crash, and would let two run after a clock jump. The
//! operating system's file lock and PostgreSQL's session lock have neither fault.

use std::fs::{File, TryLockError};

use sea_orm::sqlx::postgres::PgPoolOptions;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, SqlxPostgresConnector, Statement};

use super::connect::{Place, Store};
use super::error::StoreError;

/// Proof that no other process does the same on this database. Dropping it lets go.
#[derive(Debug)]
pub struct Lease {
    name: String,
    held: Held,
}

#[derive(Debug)]
enum Held {
    /// Locked until the file is closed.
    File(#[allow(dead_code)] File), // kept only to stay open
    /// Locked until the session ends.
    Session(DatabaseConnection),
}

impl Store {
    /// Takes the lease `name` (letters, digits, `-`), or says that another process has it.
    ///
    /// # Errors
    /// [`StoreError::LeaseTaken`] when it is held elsewhere, [`StoreError::Lease`] when it cannot be asked for.
    pub async fn acquire_lease(&self, name: &str) -> Result<Lease, StoreError> {
        let failed = |reason: String| StoreError::Lease { name: name.to_owned(), reason };
        let held = match &self.place {
            Place::Sqlite(path) => {
                let mut file_name = path.as_os_str().to_owned();
                file_name.push(format!(".{name}.lock"));
                let file = File::options()
                    .create(true)
                    .truncate(false)
                    .write(true)
                    .open(&file_name)
                    .map_err(|error| failed(error.to_string()))?;
                match file.try_lock() {
                    Ok(()) => Held::File(file),
                    Err(TryLockError::WouldBlock) => {
                        return Err(StoreError::LeaseTaken { name: name.to_owned() });
                    }
                    Err(TryLockError::Error(error)) => return Err(failed(error.to_string())),
                }
            }
            Place::Postgres(options) => {
                let pool = PgPoolOptions::new()
                    .max_connections(1)
                    .idle_timeout(None)
                    .max_lifetime(None)
                    .connect_with((**options).clone())
                    .await
                    .map_err(|error| failed(error.to_string()))?;
                let session = SqlxPostgresConnector::from_sqlx_postgres_pool(pool);
                let taken =
                    session_query(&session, "SELECT pg_try_advisory_lock($1::int, $2::int) AS held", name).await?;
                if !taken {
                    session.close().await?;
                    return Err(StoreError::LeaseTaken { name: name.to_owned() });
                }
                Held::Session(session)
            }
        };
        Ok(Lease { name: name.to_owned(), held })
    }
}

impl Lease {
    /// Checks that the lease is still ours: a broken session loses it without a word.
    ///
    /// # Errors
    /// [`StoreError::Lease`] when it is lost, another error when the database cannot be asked.
    pub async fn check(&self) -> Result<(), StoreError> {
        let Held::Session(session) = &self.held else {
            return Ok(());
        };
        let query = "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() \
                     AND classid::bigint = $1 AND objid::bigint = $2) AS held";
        if session_query(session, query, &self.name).await? {
            return Ok(());
        }
        Err(StoreError::Lease { name: self.name.clone(), reason: "the session that held it broke".to_owned() })
    }

    /// Lets go, and waits until that is done.
    ///
    /// # Errors
    /// When the database refuses; the lease then ends with the process.
    pub async fn release(self) -> Result<(), StoreError> {
        match self.held {
            Held::File(file) => drop(file),
            Held::Session(session) => session.close().await?,
        }
        Ok(())
    }
}

async fn session_query(session: &DatabaseConnection, query: &str, name: &str) -> Result<bool, StoreError> {
    let statement = Statement::from_sql_and_values(
        DbBackend::Postgres,
        query,
        [i64::from(LOCK_CLASS).into(), i64::from(lock_number(name)).into()],
    );
    let row = session.query_one_raw(statement).await?;
    Ok(row.map(|row| row.try_get("", "held")).transpose()?.unwrap_or(false))
}

/// "odds" in ASCII: keeps our numbers apart from those of other programs on the same server.
const LOCK_CLASS: i32 = 0x6f64_6473;

/// A number for a name: FNV-1a, folded to 31 bits, the same in every version of the program.
fn lock_number(name: &str) -> i32 {
    let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    i32::try_from(hash >> 1).unwrap_or(0)
}
