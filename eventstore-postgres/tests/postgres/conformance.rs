//! The conformance suite on PostgreSQL, in both layouts and with both types of payload columns.

use std::num::NonZeroU32;

use crate::support::Fixture;
use eventstore_postgres::{DataType, Layout, PostgresConfig, PostgresStore, create_correlation_index};
use eventstore_testkit::conformance::{Payloads, Role, Setup};

/// How many numbers the store looks at at once: so few that filtered pages without events occur. Another node looks at as
/// many as usual.
const SCAN_WINDOW: NonZeroU32 = NonZeroU32::new(7).unwrap();

async fn open(layout: Layout, data_type: DataType) -> Setup<Fixture> {
    setup(fixture(layout, data_type).await)
}

pub(crate) async fn open_with_correlation_index(layout: Layout) -> Setup<Fixture> {
    let fixture = fixture(layout, DataType::default()).await;
    create_correlation_index(&fixture.config).await.unwrap();
    let store = PostgresStore::connect(fixture.config.clone()).await.unwrap();
    setup(Fixture { store, ..fixture })
}

async fn fixture(layout: Layout, data_type: DataType) -> Fixture {
    let configure = |config: PostgresConfig| config.enable_hard_deletes().with_scan_window(SCAN_WINDOW);
    Fixture::with(layout, data_type, configure).await
}

fn setup(fixture: Fixture) -> Setup<Fixture> {
    let payloads = match fixture.store.data_type() {
        DataType::Jsonb => Payloads::Json,
        _ => Payloads::Bytes,
    };
    Setup::new(fixture, |fixture| fixture.store.clone())
        .another_node(async |fixture| {
            let config = fixture.config.clone();
            connect(config.with_scan_window(PostgresConfig::DEFAULT_SCAN_WINDOW)).await
        })
        .store_without_hard_deletes(async |fixture| {
            connect(PostgresConfig::from_url(fixture.database.url()).unwrap()).await
        })
        .put_empty_stream(Fixture::put_empty_stream)
        .cut_notifications(async |fixture| fixture.terminate("listener").await)
        .cut_leases(async |fixture| fixture.terminate("locks").await)
        .payloads(payloads)
}

async fn connect(config: PostgresConfig) -> PostgresStore {
    PostgresStore::connect(config).await.unwrap()
}

/// The suite, and the comparison with the reference, on stores of one kind.
macro_rules! conformance_of {
    ($module:ident, $layout:ident, $data_type:ident) => {
        mod $module {
            use crate::conformance::{DataType, Fixture, Layout, Role, Setup};

            async fn open() -> Setup<Fixture> {
                crate::conformance::open(Layout::$layout, DataType::$data_type).await
            }

            eventstore_testkit::conformance!(open);

            #[test]
            fn agrees_with_the_reference() {
                eventstore_testkit::agrees_with_the_reference(&Role::ALL, 25, open);
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
