use std::any::Any;
use std::sync::Arc;

use eventstore_core::EventStore;
use eventstore_postgres::{DataType, EventIndex, Layout, PostgresAdmin, PostgresConfig, PostgresStore};
use eventstore_sqlite::{SqliteConfig, SqliteStore};
use eventstore_testkit::TestDatabase;
use eventstore_testkit::proxy::Proxy;
use tempfile::TempDir;

/// A backend.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Backend {
    Postgres,
    Sqlite,
}

/// A store for one test.
pub(crate) struct Store {
    pub(crate) store: Arc<dyn EventStore>,
    /// What holds its data, which is removed with it.
    _place: Box<dyn Any + Send + Sync>,
}

impl Backend {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Sqlite => "sqlite",
        }
    }
}

impl Store {
    pub(crate) async fn new(backend: Backend) -> Self {
        match backend {
            Backend::Postgres => {
                let database = database().await;
                let url = database.url().to_owned();
                Self::connect(&url, database).await
            }
            Backend::Sqlite => {
                let folder = TempDir::new().unwrap();
                let config = SqliteConfig::new(folder.path().join("events.db")).unwrap();
                Self {
                    store: Arc::new(SqliteStore::open_with(config).await.unwrap()),
                    _place: Box::new(folder),
                }
            }
        }
    }

    /// A store on PostgreSQL, behind a proxy that can cut it off.
    pub(crate) async fn behind_proxy() -> (Self, Proxy) {
        let database = database().await;
        let proxy = Proxy::start(database.url()).await.unwrap();
        (Self::connect(proxy.url(), database).await, proxy)
    }

    async fn connect(url: &str, database: TestDatabase) -> Self {
        let config = PostgresConfig::from_url(url).unwrap();
        Self {
            store: Arc::new(PostgresStore::connect(config).await.unwrap()),
            _place: Box::new(database),
        }
    }
}

async fn database() -> TestDatabase {
    let (layout, data_type) = (Layout::Compact, DataType::default());
    TestDatabase::from_template(&format!("{layout} {data_type}"), async |url| {
        let admin = PostgresAdmin::new(PostgresConfig::from_url(url).unwrap());
        admin.initialize(layout, data_type).await.unwrap();
        admin.create_index(EventIndex::Correlation).await.unwrap();
    })
    .await
}

/// Makes two tests of each function that takes a backend.
macro_rules! on_each_backend {
    ($($case:ident,)*) => {
        mod postgres_in_browser {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $case() {
                    super::$case(crate::store::Backend::Postgres).await;
                }
            )*
        }

        mod sqlite_in_browser {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $case() {
                    super::$case(crate::store::Backend::Sqlite).await;
                }
            )*
        }
    };
}
pub(crate) use on_each_backend;
