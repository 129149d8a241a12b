//! The conformance suite on PostgreSQL, in both layouts and with both types of payload columns.

use std::num::NonZeroU32;
use std::sync::Arc;

use crate::support::Fixture;
use async_trait::async_trait;
use eventstore_core::StreamName;
use eventstore_postgres::{DataType, Layout, PostgresConfig, PostgresStore, create_correlation_index};
use eventstore_testkit::conformance::{Backend, Harness, Payloads};

/// The store looks at so few numbers at once that filtered pages without events occur; another node at as many as usual.
pub(crate) struct PostgresHarness(Fixture);

impl PostgresHarness {
    const SCAN_WINDOW: NonZeroU32 = NonZeroU32::new(7).unwrap();

    async fn open(layout: Layout, data_type: DataType) -> Self {
        let configure = |config: PostgresConfig| config.enable_hard_deletes().with_scan_window(Self::SCAN_WINDOW);
        Self(Fixture::with(layout, data_type, configure).await)
    }

    pub(crate) async fn with_correlation_index(layout: Layout) -> Self {
        let Self(fixture) = Self::open(layout, DataType::default()).await;
        create_correlation_index(&fixture.config).await.unwrap();
        let store = PostgresStore::connect(fixture.config.clone()).await.unwrap();
        Self(Fixture { store, ..fixture })
    }
}

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
        let config = self
            .0
            .config
            .clone()
            .with_scan_window(PostgresConfig::DEFAULT_SCAN_WINDOW);
        Arc::new(PostgresStore::connect(config).await.unwrap())
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
            use crate::conformance::{DataType, Layout, PostgresHarness};

            async fn open() -> PostgresHarness {
                PostgresHarness::open(Layout::$layout, DataType::$data_type).await
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
