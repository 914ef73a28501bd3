//! A store of its own for each test.

use engine::store::Store;
use tempfile::TempDir;

/// An open store, and where it is.
pub(crate) struct Fixture {
    pub(crate) store: Store,
    pub(crate) url: String,
    /// Deleted with the fixture.
    _folder: Option<TempDir>,
}

/// Which database a test runs on.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

impl Fixture {
    pub(crate) async fn new(kind: Kind) -> Self {
        let fixture = Self::empty(kind).await;
        migration::up(fixture.store.connection()).await.unwrap();
        fixture
    }

    /// Without a schema.
    pub(crate) async fn empty(kind: Kind) -> Self {
        let (url, folder) = match kind {
            Kind::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                // A folder that does not exist yet is made.
                let url = format!("sqlite://{}", folder.path().join("data/odds.db").display());
                (url, Some(folder))
            }
            Kind::Postgres => (super::postgres::fresh_database().await, None),
        };
        let store = Store::connect(&url).await.unwrap();
        Self { store, url, _folder: folder }
    }
}

/// Runs an async test body, taking a [`Kind`], on both databases.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                super::$name($crate::harness::Kind::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                super::$name($crate::harness::Kind::Postgres).await;
            }
        }
    )+};
}
pub(crate) use on_both;
