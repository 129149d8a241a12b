//! The store in memory keeps the keys of subjects.

use std::sync::Arc;

use eventstore_core::backend::KeyVault;
use eventstore_testkit::MemoryStore;

async fn open() -> ((), Arc<dyn KeyVault>) {
    ((), Arc::new(MemoryStore::new()))
}

eventstore_testkit::conformance_of_key_vaults!(open);
