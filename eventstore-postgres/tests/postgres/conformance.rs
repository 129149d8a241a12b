//! The conformance suite on PostgreSQL, in both layouts and with both types of payload columns.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};

use sqlx::Executor;

use eventstore_postgres::{
    DataType, EventIndex, Layout, PostgresAdmin, PostgresConfig, PostgresStore, PostgresTransaction,
};
use eventstore_testkit::conformance::{Payloads, Setup};

use crate::support::Fixture;

/// How many numbers the store scans at once: so few that filtered pages without events occur.
const SCAN_WINDOW: NonZeroU32 = NonZeroU32::new(7).unwrap();

/// How many the other nodes scan, by turns: as many as usual, and as many as to meet what cases put there on purpose.
const SCAN_WINDOWS: [NonZeroU32; 4] = [
    PostgresConfig::DEFAULT_SCAN_WINDOW,
    NonZeroU32::new(1_000).unwrap(),
    NonZeroU32::new(1_024).unwrap(),
    NonZeroU32::new(2_048).unwrap(),
];

pub(crate) async fn open(layout: Layout, data_type: DataType) -> Setup<Fixture> {
    setup(Fixture::with(layout, data_type, configure).await)
}

pub(crate) async fn open_through_pgbouncer(layout: Layout, data_type: DataType) -> Setup<Fixture> {
    setup(Fixture::pooled(layout, data_type, configure).await)
}

pub(crate) async fn open_with_correlation_index(layout: Layout) -> Setup<Fixture> {
    let fixture = Fixture::with(layout, DataType::default(), configure).await;
    PostgresAdmin::new(fixture.config.clone())
        .create_index(EventIndex::Correlation)
        .await
        .unwrap();
    let store = PostgresStore::connect(fixture.config.clone()).await.unwrap();
    setup(Fixture { store, ..fixture })
}

fn configure(config: PostgresConfig) -> PostgresConfig {
    config.enable_hard_deletes().with_scan_window(SCAN_WINDOW)
}

fn setup(fixture: Fixture) -> Setup<Fixture> {
    let payloads = match fixture.store.data_type() {
        DataType::Jsonb => Payloads::Json,
        _ => Payloads::Bytes,
    };
    let other_nodes = AtomicUsize::new(0);
    Setup::new(fixture, |fixture| fixture.store.clone())
        .another_node(async move |fixture| {
            let nth = other_nodes.fetch_add(1, Ordering::Relaxed);
            let config = fixture.config.clone();
            connect(config.with_scan_window(SCAN_WINDOWS[nth % SCAN_WINDOWS.len()])).await
        })
        .store_without_hard_deletes(async |fixture| {
            let config = fixture.config.clone().with_hard_deletes(false);
            connect(config.with_scan_window(PostgresConfig::DEFAULT_SCAN_WINDOW)).await
        })
        .put_empty_stream(Fixture::put_empty_stream)
        .indexes_for_tracing(create_indexes)
        .cut_notifications(async |fixture| fixture.terminate("listener").await)
        .cut_leases(async |fixture| fixture.terminate("locks").await)
        .close_store(async |fixture| fixture.store.close().await)
        .reopen(async |fixture, stop| {
            fixture.end(stop).await;
            connect(fixture.config.clone()).await
        })
        .effects(make_effect, effects)
        .forge_hint(Fixture::forge_hint)
        .payloads(payloads)
}

pub(crate) async fn create_indexes(fixture: &Fixture) {
    let admin = PostgresAdmin::new(fixture.config.clone());
    for index in EventIndex::ALL {
        admin.create_index(index).await.unwrap();
    }
}

/// A table of a projection, which one effect may find missing.
const EFFECTS: &str = "CREATE TABLE IF NOT EXISTS effects (number int NOT NULL)";

pub(crate) async fn make_effect(fixture: &Fixture, transaction: &mut PostgresTransaction, effect: u32) {
    fixture.session().await.execute(EFFECTS).await.unwrap();
    // Unnamed: the session behind a pooler may have a statement of this name.
    let insert = sqlx::query("INSERT INTO effects VALUES ($1)").persistent(false);
    let insert = insert.bind(i32::try_from(effect).unwrap());
    insert.execute(&mut **transaction).await.unwrap();
}

pub(crate) async fn effects(fixture: &Fixture) -> Vec<u32> {
    let mut session = fixture.session().await;
    session.execute(EFFECTS).await.unwrap();
    let made: Vec<i32> = sqlx::query_scalar("SELECT number FROM effects ORDER BY number")
        .fetch_all(&mut session)
        .await
        .unwrap();
    made.into_iter().map(|effect| u32::try_from(effect).unwrap()).collect()
}

async fn connect(config: PostgresConfig) -> PostgresStore {
    PostgresStore::connect(config).await.unwrap()
}

/// The suite, and the comparison with the reference, on stores of one kind.
macro_rules! conformance_of {
    ($module:ident, $layout:ident, $data_type:ident, $open:ident $(; $($role:ident),+)?) => {
        mod $module {
            use eventstore_postgres::{DataType, Layout};
            use eventstore_testkit::conformance::{Role, Setup};

            async fn open() -> Setup<crate::support::Fixture> {
                crate::conformance::$open(Layout::$layout, DataType::$data_type).await
            }

            eventstore_testkit::conformance!(open $(; $($role),+)?);

            #[test]
            fn agrees_with_the_reference() {
                eventstore_testkit::agrees_with_the_reference(&Role::ALL, 25, open);
            }
        }
    };
}

pub(crate) use conformance_of;

mod compact {
    conformance_of!(bytea, Compact, Bytea, open);
    // Only what writes and reads payloads depends on the type of their columns. The comparison with the reference, and the tests of
    // jsonb.rs, are about delivery too.
    conformance_of!(jsonb, Compact, Jsonb, open; streams, links, lookup, imports, deletes, snapshots);
}

mod original {
    conformance_of!(bytea, Original, Bytea, open);
    conformance_of!(jsonb, Original, Jsonb, open; streams, links, lookup, imports, deletes, snapshots);
}
