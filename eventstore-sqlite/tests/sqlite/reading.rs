//! Events come out of the file as they were written, in pages that have limits.

use std::num::NonZeroU64;

use bytes::Bytes;
use eventstore_core::backend::{NumberedEvent, PageCursor, PageRequest};
use eventstore_core::{
    Append, Direction, EventId, EventLinker, EventLookup, EventNumber, EventReader, EventType, EventWriter,
    ExpectedVersion, Link, NewEvent, RecordedEvent, Snapshot, SnapshotPolicy, SnapshotStore, StreamName,
    StreamSelector,
};
use futures_util::TryStreamExt;
use uuid::Uuid;

use crate::support::Fixture;

/// More than fits on a page of SQLite's.
const LARGE: usize = 5_000;

/// Two of them fit on a page.
const HUGE: usize = 3 << 20;

fn stream(name: &str) -> StreamName {
    StreamName::new(name).unwrap()
}

fn event(data: impl Into<Bytes>) -> NewEvent {
    NewEvent::new(Uuid::now_v7(), EventType::new("Happened").unwrap(), data)
}

fn sized(bytes: usize) -> NewEvent {
    event(vec![b'x'; bytes])
}

async fn append(fixture: &Fixture, name: &str, events: impl IntoIterator<Item = NewEvent>) {
    let append = Append::new(stream(name), ExpectedVersion::NoStream, events).unwrap();
    fixture.store.append(append).await.unwrap();
}

fn request(selector: impl Into<StreamSelector>) -> PageRequest {
    PageRequest::new(selector, Direction::Forward, EventNumber::FIRST, 1_000)
}

fn backward(request: PageRequest) -> PageRequest {
    PageRequest {
        direction: Direction::Backward,
        from: EventNumber::MAX,
        ..request
    }
}

async fn events(fixture: &Fixture, request: PageRequest) -> Vec<NumberedEvent> {
    fixture.store.read_page(request).await.unwrap().events
}

/// How many bytes of payloads the events of each page have.
async fn sizes(fixture: &Fixture, request: PageRequest) -> Vec<Vec<u64>> {
    let pages = fixture.store.read_pages(PageCursor::new(request));
    let sizes = pages.map_ok(|page| page.events.iter().map(|event| event.payload_bytes()).collect());
    sizes.try_collect().await.unwrap()
}

#[tokio::test]
async fn every_byte_of_an_event_comes_back_whichever_way_it_is_read() {
    let fixture = Fixture::new().await;
    let every_byte: Vec<_> = (0..=u8::MAX).rev().collect();
    let correlation_id = Uuid::from_bytes(*b",\0,0,,1,2,,3\0\xff\0,");
    let event_type = EventType::new("Ä,0,\u{1F980}").unwrap();
    let written = NewEvent::new(Uuid::now_v7(), event_type, every_byte.clone())
        .with_metadata(every_byte)
        .with_correlation_id(correlation_id);
    let (name, links) = (stream("Größe,7,-\u{1F980}"), stream(""));
    let empty = event("").with_metadata("");
    append(&fixture, name.as_str(), [written.clone(), empty.clone()]).await;
    let link = Link::new(links.clone(), ExpectedVersion::NoStream, [written.id, empty.id]).unwrap();
    fixture.store.link(link).await.unwrap();

    let mut read = Vec::new();
    for selector in [StreamSelector::All, name.clone().into(), links.into()] {
        read.push(events(&fixture, request(selector.clone())).await);
        let mut newest_first = events(&fixture, backward(request(selector))).await;
        newest_first.reverse();
        read.push(newest_first);
    }
    for read in &read {
        assert_eq!(read.len(), 2);
        for (event, written) in read.iter().zip([&written, &empty]) {
            assert_written(event, written, &name);
        }
    }
    let found = fixture.store.find_event(written.id).await.unwrap().unwrap();
    assert_written(&found.event, &written, &name);
}

fn assert_written(event: &RecordedEvent, written: &NewEvent, stream: &StreamName) {
    assert_eq!((event.event_id, &event.stream), (written.id, stream));
    assert_eq!(event.event_type, written.event_type);
    assert_eq!(
        (event.causation_id, event.correlation_id),
        (written.causation_id, written.correlation_id)
    );
    assert_eq!((&event.data, &event.metadata), (&written.data, &written.metadata));
}

#[tokio::test]
async fn large_payloads_come_in_their_places() {
    let fixture = Fixture::new().await;
    let with_metadata = sized(1).with_metadata(vec![b'm'; LARGE]);
    let written = [
        sized(1),
        sized(LARGE),
        with_metadata,
        sized(2),
        sized(2 * LARGE),
        sized(3),
    ];
    let ids: Vec<EventId> = written.iter().map(|event| event.id).collect();
    append(&fixture, "s", written.clone()).await;
    let link = Link::new(stream("links"), ExpectedVersion::NoStream, ids).unwrap();
    fixture.store.link(link).await.unwrap();

    for selector in [StreamSelector::All, stream("s").into(), stream("links").into()] {
        let read = events(&fixture, request(selector.clone())).await;
        assert_eq!(read.len(), written.len());
        for (event, written) in read.iter().zip(&written) {
            assert_written(event, written, &stream("s"));
        }
        let newest_first = events(&fixture, backward(request(selector))).await;
        assert!(newest_first.iter().rev().eq(&read));
    }
}

#[tokio::test]
async fn no_page_has_more_bytes_than_pages_have() {
    let fixture = Fixture::new().await;
    append(
        &fixture,
        "s",
        [
            sized(1),
            sized(HUGE),
            sized(HUGE),
            sized(2),
            sized(HUGE),
            sized(4 * HUGE),
        ],
    )
    .await;
    let (small, huge) = (1, u64::try_from(HUGE).unwrap());
    let expected = [vec![small, huge, huge, 2], vec![huge], vec![4 * huge]];
    for max_bytes in [None, NonZeroU64::new(1 << 30)] {
        let pages = sizes(
            &fixture,
            PageRequest {
                max_bytes,
                ..request(StreamSelector::All)
            },
        )
        .await;
        assert_eq!(pages, expected, "{max_bytes:?}");
    }
}

#[tokio::test]
async fn no_page_has_more_events_than_pages_have() {
    let fixture = Fixture::new().await;
    append(&fixture, "s", (0..5_000).map(|_| sized(0))).await;
    let pages = sizes(
        &fixture,
        PageRequest {
            limit: u32::MAX,
            ..request(stream("s"))
        },
    )
    .await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [4_096, 904]);
}

#[tokio::test]
async fn a_list_of_snapshots_has_no_more_bytes_than_a_page() {
    let fixture = Fixture::new().await;
    let names = ["a", "b", "c", "d", "e"].map(stream);
    for source in &names {
        let snapshot = Snapshot {
            source: source.clone(),
            version: 1.into(),
            snapshot_type: EventType::new("S").unwrap(),
            data: vec![0; HUGE].into(),
            metadata: None,
        };
        let policy = SnapshotPolicy::KeepNewest;
        fixture.store.record_snapshot(snapshot, policy).await.unwrap();
    }
    let (mut last, mut lengths) = (None, Vec::new());
    loop {
        let page = fixture.store.list_snapshots(last.as_ref(), 100).await.unwrap();
        lengths.push(page.len());
        let Some(end) = page.last() else { break };
        last = Some(end.snapshot.source.clone());
    }
    assert_eq!((lengths, last.as_ref()), (vec![2, 2, 1, 0], names.last()));
}
