//! The conformance suite on PostgreSQL, in both layouts and with both types of payload columns.

use std::sync::Arc;

use crate::support::Fixture;
use async_trait::async_trait;
use eventstore_core::StreamName;
use eventstore_postgres::{DataType, Layout, PostgresConfig, PostgresStore};
use eventstore_testkit::conformance::{Backend, Harness, Payloads};

struct PostgresHarness(Fixture);

#[async_trait]
impl Harness for PostgresHarness {
    fn store(&self) -> Arc<dyn Backend> {
        Arc::new(self.0.store.clone())
    }

    async fn store_without_hard_deletes(&self) -> Arc<dyn Backend> {
        let config = PostgresConfig::from_url(self.0.database.url()).unwrap();
        Arc::new(PostgresStore::connect(config).await.unwrap())
    }

    async fn another_node(&self) -> Arc<dyn Backend> {
        Arc::new(PostgresStore::connect(self.0.config.clone()).await.unwrap())
    }

    async fn cut_notifications(&self) {
        self.0.terminate("listener").await;
    }

    async fn cut_leases(&self) {
        self.0.terminate("locks").await;
    }

    fn payloads(&self) -> Payloads {
        match self.0.store.data_type() {
            DataType::Jsonb => Payloads::Json,
            _ => Payloads::Bytes,
        }
    }

    async fn put_empty_stream(&self, stream: &StreamName) -> bool {
        self.0.put_empty_stream(stream).await;
        true
    }
}

mod compact {
    mod bytea {
        use crate::conformance::{DataType, Fixture, Layout, PostgresHarness};

        async fn open() -> PostgresHarness {
            PostgresHarness(Fixture::with(Layout::Compact, DataType::Bytea).await)
        }

        eventstore_testkit::conformance!(open);
    }

    mod jsonb {
        use crate::conformance::{DataType, Fixture, Layout, PostgresHarness};

        async fn open() -> PostgresHarness {
            PostgresHarness(Fixture::with(Layout::Compact, DataType::Jsonb).await)
        }

        eventstore_testkit::conformance!(open);
    }
}

mod original {
    mod bytea {
        use crate::conformance::{DataType, Fixture, Layout, PostgresHarness};

        async fn open() -> PostgresHarness {
            PostgresHarness(Fixture::with(Layout::Original, DataType::Bytea).await)
        }

        eventstore_testkit::conformance!(open);
    }

    mod jsonb {
        use crate::conformance::{DataType, Fixture, Layout, PostgresHarness};

        async fn open() -> PostgresHarness {
            PostgresHarness(Fixture::with(Layout::Original, DataType::Jsonb).await)
        }

        eventstore_testkit::conformance!(open);
    }
}
