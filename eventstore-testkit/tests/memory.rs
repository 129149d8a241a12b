//! The in-memory backend does what every backend has to do.

use std::sync::Arc;

use async_trait::async_trait;
use eventstore_core::StreamName;
use eventstore_testkit::MemoryStore;
use eventstore_testkit::conformance::{Backend, Harness};

struct MemoryHarness(MemoryStore);

#[async_trait]
impl Harness for MemoryHarness {
    fn store(&self) -> Arc<dyn Backend> {
        Arc::new(self.0.clone().with_hard_deletes())
    }

    async fn store_without_hard_deletes(&self) -> Arc<dyn Backend> {
        Arc::new(self.0.clone())
    }

    async fn another_node(&self) -> Arc<dyn Backend> {
        Arc::new(self.0.another_node().with_hard_deletes())
    }

    async fn cut_notifications(&self) {
        self.0.pause_notifications();
    }

    async fn restore_notifications(&self) {
        self.0.resume_notifications();
    }

    async fn cut_leases(&self) {
        self.0.revoke_leases();
    }

    async fn put_empty_stream(&self, stream: &StreamName) -> bool {
        self.0.create_empty_stream(stream);
        true
    }
}

async fn open() -> impl Harness {
    MemoryHarness(MemoryStore::new())
}

eventstore_testkit::conformance!(open);

#[test]
fn agrees_with_itself() {
    eventstore_testkit::agrees_with_the_reference(100, open);
}
