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

/// The suite, and the comparison with the reference, on stores of one kind.
macro_rules! conformance_of {
    ($module:ident, $layout:ident, $data_type:ident) => {
        mod $module {
            use crate::conformance::{DataType, Fixture, Layout, PostgresHarness};

            async fn open() -> PostgresHarness {
                PostgresHarness(Fixture::with(Layout::$layout, DataType::$data_type).await)
            }

            eventstore_testkit::conformance!(open);

            #[test]
            fn agrees_with_the_reference() {
                eventstore_testkit::agrees_with_the_reference(25, open);
            }
        }
    };
}

mod compact {
    conformance_of!(bytea, Compact, Bytea);
    conformance_of!(jsonb, Compact, Jsonb);
}

mod original {
    conformance_of!(bytea, Original, Bytea);
    conformance_of!(jsonb, Original, Jsonb);
}
