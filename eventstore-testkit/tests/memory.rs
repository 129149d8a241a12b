//! The in-memory backend does what every backend has to do.

use eventstore_core::Closable;
use eventstore_testkit::conformance::{Payloads, Setup};
use eventstore_testkit::{MemoryStore, MemoryTransaction};

fn setup(store: MemoryStore, payloads: Payloads) -> Setup<MemoryStore> {
    Setup::new(store, |store| store.clone().with_hard_deletes())
        .another_node(async |store| store.another_node().with_hard_deletes())
        .store_without_hard_deletes(async |store| store.clone())
        .put_empty_stream(async |store, stream| store.create_empty_stream(stream))
        .cut_notifications(async |store| store.pause_notifications())
        .cut_leases(async |store| store.revoke_leases())
        .close_store(async |store| store.close().await)
        .effects(
            async |_, transaction: &mut MemoryTransaction, effect| transaction.make_effect(effect),
            async |store| store.effects(),
        )
        .forge_hint(async |store, selector, number| store.forge_hint(selector, number))
        .payloads(payloads)
}

mod bytes {
    use eventstore_testkit::conformance::Role;

    use super::{MemoryStore, Payloads, Setup, setup};

    async fn open() -> Setup<MemoryStore> {
        setup(MemoryStore::new(), Payloads::Bytes)
    }

    // What is in memory is gone with its process.
    eventstore_testkit::conformance!(open; except reopen);

    #[test]
    fn agrees_with_itself() {
        eventstore_testkit::agrees_with_the_reference(&Role::ALL, 100, open);
    }
}

mod json {
    use super::{MemoryStore, Payloads, Setup, setup};

    async fn open() -> Setup<MemoryStore> {
        setup(MemoryStore::new().with_json_payloads(), Payloads::Json)
    }

    // What is in memory is gone with its process.
    eventstore_testkit::conformance!(open; except reopen);
}
