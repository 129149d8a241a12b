//! Pages are bounded by the bytes of their payloads, before these leave the server.

use std::num::NonZeroU64;

use bytes::Bytes;
use eventstore_core::backend::PageRequest;
use eventstore_core::{
    Append, Direction, EventNumber, EventReader, EventType, EventWriter, ExpectedVersion, Snapshot, SnapshotPolicy,
    SnapshotStore, StreamName, StreamSelector,
};
use eventstore_postgres::{DataType, Layout, PostgresConfig, PostgresStore};
use eventstore_testkit::proxy::Proxy;

use crate::support::{Fixture, append, event, in_both_layouts};

in_both_layouts! {
    the_setting_bounds_every_page,
    a_setting_out_of_range_is_refused_by_its_name,
    only_a_page_of_large_payloads_takes_a_second_round_trip,
    listed_snapshots_are_bounded_as_well,
}

const PAGE_BYTES: NonZeroU64 = NonZeroU64::new(64 << 10).unwrap();

/// Two of them fit on a page.
const LARGE: usize = 30_000;

fn json(bytes: usize) -> Bytes {
    format!("\"{}\"", "x".repeat(bytes - 2)).into()
}

async fn fixture(layout: Layout, data_type: DataType) -> Fixture {
    let fixture = Fixture::with(layout, data_type, |config| config.with_page_bytes(PAGE_BYTES)).await;
    let large = (0..5).map(|_| event().with_data(json(LARGE)));
    let append = Append::new(stream("s"), ExpectedVersion::NoStream, large).unwrap();
    fixture.store.append(append).await.unwrap();
    fixture
}

fn stream(name: &str) -> StreamName {
    StreamName::new(name).unwrap()
}

fn all(limit: u32) -> PageRequest {
    PageRequest::new(StreamSelector::All, Direction::Forward, EventNumber::FIRST, limit)
}

async fn the_setting_bounds_every_page(layout: Layout) {
    for data_type in [DataType::Bytea, DataType::Jsonb] {
        let fixture = fixture(layout, data_type).await;
        let most = NonZeroU64::new(1 << 30);
        for max_bytes in [None, most, Some(PAGE_BYTES)] {
            let page = fixture
                .store
                .read_page(PageRequest { max_bytes, ..all(100) })
                .await
                .unwrap();
            let sizes: Vec<_> = page.events.iter().map(|event| event.payload_bytes()).collect();
            assert_eq!(sizes, [30_000, 30_000], "{data_type:?}, {max_bytes:?}");
            assert_eq!((page.scanned_to, page.is_last), (2.into(), false));
        }
    }
}

async fn a_setting_out_of_range_is_refused_by_its_name(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    for bytes in [1, (64 << 10) - 1, (1 << 30) + 1] {
        let bytes = NonZeroU64::new(bytes).unwrap();
        let refused = PostgresStore::connect(fixture.config.clone().with_page_bytes(bytes)).await;
        let message = refused.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(message.starts_with("invalid page_bytes"), "{message:?} for {bytes}");
    }
}

async fn only_a_page_of_large_payloads_takes_a_second_round_trip(layout: Layout) {
    let fixture = fixture(layout, DataType::Bytea).await;
    fixture
        .store
        .append(append("small", ExpectedVersion::NoStream, 50))
        .await
        .unwrap();
    let proxy = Proxy::start(fixture.database.url()).await.unwrap();
    let config = PostgresConfig::from_url(proxy.url())
        .unwrap()
        .with_page_bytes(PAGE_BYTES);
    let store = PostgresStore::connect(config).await.unwrap();
    let small = PageRequest::new(stream("small"), Direction::Forward, EventNumber::FIRST, 50);
    for (request, expected) in [(small, 1), (all(50), 2)] {
        // So that both statements are prepared.
        store.read_page(request.clone()).await.unwrap();
        let (page, counts) = proxy.count(store.read_page(request)).await;
        assert!(!page.unwrap().events.is_empty());
        assert_eq!(counts.round_trips, expected);
    }
}

async fn listed_snapshots_are_bounded_as_well(layout: Layout) {
    for data_type in [DataType::Bytea, DataType::Jsonb] {
        let fixture = fixture(layout, data_type).await;
        let names = ["a", "b", "c", "d", "e"].map(stream);
        for source in &names {
            let snapshot = Snapshot {
                source: source.clone(),
                version: 1.into(),
                snapshot_type: EventType::new("S").unwrap(),
                data: json(LARGE),
                metadata: None,
            };
            let policy = SnapshotPolicy::KeepNewest;
            fixture.store.record_snapshot(snapshot, policy).await.unwrap();
        }
        let (mut last, mut sizes) = (None, Vec::new());
        loop {
            let page = fixture.store.list_snapshots(last.as_ref(), 100).await.unwrap();
            sizes.push(page.len());
            let Some(end) = page.last() else { break };
            last = Some(end.snapshot.source.clone());
        }
        assert_eq!(
            (sizes, last.as_ref()),
            (vec![2, 2, 1, 0], names.last()),
            "{data_type:?}"
        );
    }
}
