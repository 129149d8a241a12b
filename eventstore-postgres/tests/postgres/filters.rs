//! Filtered reads by the index on correlation ids, and over windows of the usual size.

use std::num::NonZeroU32;

use eventstore_core::backend::PageRequest;
use eventstore_core::{
    Append, Direction, EventFilter, EventNumber, EventReader, EventReaderExt, EventType, EventWriter, ExpectedVersion,
    Read, StreamName, StreamSelector,
};
use eventstore_postgres::{Creation, DataType, EventIndex, Layout, PostgresAdmin, PostgresConfig, PostgresStore};
use eventstore_testkit::conformance::filter;
use futures_util::TryStreamExt;
use sqlx::{Connection, Executor};
use uuid::Uuid;

use crate::conformance::open_with_correlation_index;
use crate::support::{Fixture, event, in_both_layouts};

in_both_layouts! {
    an_index_is_created_once,
    concurrent_calls_create_one_index,
    appends_go_on_while_the_index_is_created,
    an_index_that_a_cut_off_creation_left_behind_is_replaced,
    a_store_uses_the_index_that_it_found_when_it_was_connected,
    an_index_that_is_not_valid_is_not_used,
    a_filtered_read_crosses_windows_of_the_usual_size,
}

/// Makes a test of each case of the suite, on a store that has the index.
macro_rules! with_the_index {
    ($($case:ident,)*) => {
        mod indexed {
            use super::{Layout, filter, open_with_correlation_index};
            $(
                mod $case {
                    use super::*;

                    #[tokio::test]
                    async fn compact() {
                        filter::$case(&open_with_correlation_index(Layout::Compact).await).await;
                    }

                    #[tokio::test]
                    async fn original() {
                        filter::$case(&open_with_correlation_index(Layout::Original).await).await;
                    }
                }
            )*
        }
    };
}

with_the_index! {
    gives_events_of_a_correlation_id,
    gives_only_events_that_meet_every_condition,
    leaves_out_just_what_does_not_match_of_links_and_over_holes,
    reads_matching_links_over_holes_in_pages_of_any_size,
    counts_only_matching_events_over_holes,
    finds_few_events_among_many,
    tells_truly_where_a_filtered_forward_page_over_holes_ends,
    tells_truly_where_a_filtered_backward_page_over_holes_ends,
    reads_an_empty_last_page_of_an_empty_store_with_a_filter,
    includes_matching_events_appended_while_reading_forward,
    gives_linked_events_that_match,
    gives_linked_events_once_in_all_streams,
    gives_events_of_soft_deleted_streams,
    passes_the_holes_of_hard_deletes,
}

async fn an_index_is_created_once(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    assert_eq!(create(&fixture).await, Creation::Created);
    assert_eq!(create(&fixture).await, Creation::AlreadyExisted);
    assert_eq!(index_validity(&fixture).await, [true]);
}

async fn concurrent_calls_create_one_index(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let calls = (0..4).map(|_| create(&fixture));
    let creations = futures_util::future::join_all(calls).await;
    let created = creations.iter().filter(|creation| **creation == Creation::Created);
    assert_eq!(created.count(), 1, "{creations:?}");
    assert_eq!(index_validity(&fixture).await, [true]);
}

async fn appends_go_on_while_the_index_is_created(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    fixture.append("s", ExpectedVersion::NoStream, 1).await.unwrap();
    let mut session = fixture.session().await;
    let mut under_way = session.begin().await.unwrap();
    under_way
        .execute("LOCK TABLE events IN ROW EXCLUSIVE MODE")
        .await
        .unwrap();
    let appends = async {
        fixture.somebody_waits_for_a_lock().await;
        fixture.append("s", ExpectedVersion::Any, 1).await.unwrap();
        fixture.append("t", ExpectedVersion::NoStream, 1).await.unwrap();
        under_way.commit().await.unwrap();
    };
    let (creation, ()) = tokio::join!(create(&fixture), appends);
    assert_eq!(creation, Creation::Created);
    assert_eq!(index_validity(&fixture).await, [true]);
}

async fn an_index_that_a_cut_off_creation_left_behind_is_replaced(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    cut_off_a_creation(&fixture).await;
    assert_eq!(index_validity(&fixture).await, [false]);
    assert_eq!(create(&fixture).await, Creation::Created);
    assert_eq!(index_validity(&fixture).await, [true]);
}

async fn a_store_uses_the_index_that_it_found_when_it_was_connected(layout: Layout) {
    let fixture = fixture_with_narrow_window(layout).await;
    create(&fixture).await;
    assert!(!uses_the_index(&fixture, &fixture.store).await);
    let connected_since = PostgresStore::connect(fixture.config.clone()).await.unwrap();
    assert!(uses_the_index(&fixture, &connected_since).await);
}

async fn an_index_that_is_not_valid_is_not_used(layout: Layout) {
    let fixture = fixture_with_narrow_window(layout).await;
    cut_off_a_creation(&fixture).await;
    let store = PostgresStore::connect(fixture.config.clone()).await.unwrap();
    assert!(!uses_the_index(&fixture, &store).await);
}

async fn a_filtered_read_crosses_windows_of_the_usual_size(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let window = PostgresConfig::DEFAULT_SCAN_WINDOW.get();
    let rare = |number| {
        event()
            .with_correlation_id(Uuid::from_u128(number))
            .with_event_type(EventType::new("Rare").unwrap())
    };
    let half = usize::try_from(window / 2 + 1).unwrap();
    for number in 1..=3 {
        fixture.append("other", ExpectedVersion::Any, half).await.unwrap();
        let stream = StreamName::new(format!("rare-{number}")).unwrap();
        let append = Append::new(stream, ExpectedVersion::NoStream, vec![rare(7)]).unwrap();
        fixture.store.append(append).await.unwrap();
    }
    let expected = [1, 2, 3].map(|number| EventNumber::from(number * (window / 2 + 2)));
    let all = EventFilter::default;
    for filter in [
        all().with_event_types([EventType::new("Rare").unwrap()]).unwrap(),
        all().with_category("rare").unwrap(),
        all().with_stream_prefix("rare-").unwrap(),
        all().with_correlation_id(Uuid::from_u128(7)),
    ] {
        let read = Read::all().with_filter(filter);
        let mut numbers = numbers(&fixture.store, read.clone().with_direction(Direction::Backward)).await;
        numbers.reverse();
        assert_eq!(numbers, expected, "{read:?}");
        assert_eq!(self::numbers(&fixture.store, read).await, expected);
    }
}

async fn numbers(store: &PostgresStore, read: Read) -> Vec<EventNumber> {
    store
        .numbered(read)
        .map_ok(|event| event.number)
        .try_collect()
        .await
        .unwrap()
}

async fn create(fixture: &Fixture) -> Creation {
    PostgresAdmin::new(fixture.config.clone())
        .create_index(EventIndex::Correlation)
        .await
        .unwrap()
}

/// Whether each index with the name is valid.
async fn index_validity(fixture: &Fixture) -> Vec<bool> {
    let indexes = "SELECT indisvalid FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
                   WHERE relname LIKE 'eventstore_events_correlation_id%'";
    sqlx::query_scalar(indexes)
        .fetch_all(&mut fixture.session().await)
        .await
        .unwrap()
}

/// Has the server give up a creation, for a transaction that does not end, when it has made half of the index.
async fn cut_off_a_creation(fixture: &Fixture) {
    let mut session = fixture.session().await;
    let mut under_way = session.begin().await.unwrap();
    under_way
        .execute("LOCK TABLE events IN ROW EXCLUSIVE MODE")
        .await
        .unwrap();
    let admin = PostgresAdmin::new(fixture.config.clone());
    let creation = admin.create_index(EventIndex::Correlation);
    let cut_off = async {
        fixture.somebody_waits_for_a_lock().await;
        fixture.terminate("index").await;
    };
    let (outcome, ()) = tokio::join!(creation, cut_off);
    assert!(outcome.is_err(), "{outcome:?}");
    under_way.rollback().await.unwrap();
}

async fn fixture_with_narrow_window(layout: Layout) -> Fixture {
    Fixture::with(layout, DataType::default(), |config| {
        config.with_scan_window(NonZeroU32::MIN)
    })
    .await
}

/// A page by the index is complete at once; any other one ends with its window of one number.
async fn uses_the_index(fixture: &Fixture, store: &PostgresStore) -> bool {
    fixture.append("s", ExpectedVersion::Any, 2).await.unwrap();
    let correlated = EventFilter::default().with_correlation_id(Uuid::from_u128(1));
    let request = PageRequest::new(StreamSelector::All, Direction::Forward, EventNumber::FIRST, 10);
    store.read_page(request.with_filter(correlated)).await.unwrap().is_last
}
