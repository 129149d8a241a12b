//! The in-memory backend does what every backend has to do.

use std::sync::Arc;

use async_trait::async_trait;
use eventstore_core::StreamName;
use eventstore_testkit::MemoryStore;
use eventstore_testkit::conformance::{Backend, Harness, Payloads};

struct MemoryHarness {
    store: MemoryStore,
    payloads: Payloads,
}

#[async_trait]
impl Harness for MemoryHarness {
    fn store(&self) -> Arc<dyn Backend> {
        Arc::new(self.store.clone().with_hard_deletes())
    }

    async fn store_without_hard_deletes(&self) -> Arc<dyn Backend> {
        Arc::new(self.store.clone())
    }

    async fn another_node(&self) -> Arc<dyn Backend> {
        Arc::new(self.store.another_node().with_hard_deletes())
    }

    async fn cut_notifications(&self) {
        self.store.pause_notifications();
    }

    async fn restore_notifications(&self) {
        self.store.resume_notifications();
    }

    async fn cut_leases(&self) {
        self.store.revoke_leases();
    }

    fn payloads(&self) -> Payloads {
        self.payloads
    }

    async fn put_empty_stream(&self, stream: &StreamName) -> bool {
        self.store.create_empty_stream(stream);
        true
    }
}

mod bytes {
    use super::{MemoryHarness, MemoryStore, Payloads};

    async fn open() -> MemoryHarness {
        MemoryHarness {
            store: MemoryStore::new(),
            payloads: Payloads::Bytes,
        }
    }

    eventstore_testkit::conformance!(open);

    #[test]
    fn agrees_with_itself() {
        eventstore_testkit::agrees_with_the_reference(100, open);
    }
}

mod json {
    use super::{MemoryHarness, MemoryStore, Payloads};

    async fn open() -> MemoryHarness {
        MemoryHarness {
            store: MemoryStore::new().with_json_payloads(),
            payloads: Payloads::Json,
        }
    }

    eventstore_testkit::conformance!(open);
}
