//! Stores for the tests of the examples.

use std::any::Any;

use eventstore_testkit::TestDatabase;
use quickstart::StoreUrl;
use tempfile::TempDir;

/// The store of one test; it is removed with this value.
pub(crate) struct TestStore {
    pub(crate) url: StoreUrl,
    _storage: Box<dyn Any>,
}

impl TestStore {
    pub(crate) async fn on_postgres() -> Self {
        let database = TestDatabase::create().await;
        Self {
            url: StoreUrl::Postgres(database.url().to_owned()),
            _storage: Box::new(database),
        }
    }

    pub(crate) fn on_sqlite() -> Self {
        let folder = TempDir::new().unwrap();
        Self {
            url: StoreUrl::Sqlite(format!("sqlite:{}", folder.path().join("events.db").display())),
            _storage: Box::new(folder),
        }
    }
}

/// Makes of each of these functions a test on PostgreSQL and one on SQLite.
macro_rules! on_each_backend {
    ($($name:ident),+ $(,)?) => {
        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $name() {
                    let store = $crate::test_store::TestStore::on_postgres().await;
                    super::$name(&store.url).await;
                }
            )+
        }

        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $name() {
                    let store = $crate::test_store::TestStore::on_sqlite();
                    super::$name(&store.url).await;
                }
            )+
        }
    };
}
