//! The conformance suite on PostgreSQL, in both layouts.

use std::num::NonZeroU32;
use std::sync::Arc;

use crate::support::Fixture;
use async_trait::async_trait;
use eventstore_core::StreamName;
use eventstore_postgres::{Layout, PostgresConfig, PostgresStore, create_correlation_index};
use eventstore_testkit::conformance::{Backend, Harness};

/// The store looks at so few numbers at once that filtered pages without events occur; another node at as many as usual.
pub(crate) struct PostgresHarness(Fixture);

impl PostgresHarness {
    const SCAN_WINDOW: NonZeroU32 = NonZeroU32::new(7).unwrap();

    async fn open(layout: Layout) -> Self {
        let configure = |config: PostgresConfig| config.enable_hard_deletes().with_scan_window(Self::SCAN_WINDOW);
        Self(Fixture::with(layout, configure).await)
    }

    pub(crate) async fn with_correlation_index(layout: Layout) -> Self {
        let Self(fixture) = Self::open(layout).await;
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

    async fn put_empty_stream(&self, stream: &StreamName) -> bool {
        self.0.put_empty_stream(stream).await;
        true
    }
}

mod compact {
    use super::{Layout, PostgresHarness};

    async fn open() -> PostgresHarness {
        PostgresHarness::open(Layout::Compact).await
    }

    eventstore_testkit::conformance!(open);

    #[test]
    fn agrees_with_the_reference() {
        eventstore_testkit::agrees_with_the_reference(50, open);
    }
}

mod original {
    use super::{Layout, PostgresHarness};

    async fn open() -> PostgresHarness {
        PostgresHarness::open(Layout::Original).await
    }

    eventstore_testkit::conformance!(open);

    #[test]
    fn agrees_with_the_reference() {
        eventstore_testkit::agrees_with_the_reference(50, open);
    }
}
