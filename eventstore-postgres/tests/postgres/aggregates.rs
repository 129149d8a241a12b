//! Aggregates: nothing is lost among several callers, and what is in the way of one is got over or told.

use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use eventstore_core::backend::{Page, PageRequest, PayloadFormat, PayloadStorage};
use eventstore_core::{
    Append, AppendReceipt, AppendSet, Delete, Deletion, Direction, Error, EventNumber, EventReader, EventType,
    EventWriter, ExpectedVersion, NewEvent, RecordedEvent, RecordedSnapshot, Result, Snapshot, SnapshotOutcome,
    SnapshotPolicy, SnapshotStore, StreamDeleter, StreamName, StreamSelector, Timestamp,
};
use eventstore_postgres::PostgresStore;
use eventstore_serde::{
    Aggregate, Decide, Encryption, EventCodec, ExecuteError, Json, KeyRing, MessagePack, Repository, RetryLimits,
    SerdeError, Serializer,
};
use eventstore_testkit::MemoryStore;
use serde::{Deserialize, Serialize};
use sqlx::Connection;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::support::{Fixture, in_both_layouts};

in_both_layouts! {
    decisions_of_several_callers_are_made_one_upon_the_other,
    decisions_upon_two_aggregates_are_stored_together,
    a_decision_belongs_to_the_transaction_of_the_caller,
    a_command_is_executed_once_however_many_try,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Counting {
    Counted { by: u64 },
}

/// A sum, and how often it was added to.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Sum {
    total: u64,
    additions: u64,
    erased: u64,
}

impl Aggregate for Sum {
    type Event = Counting;
    const SNAPSHOT_TYPE: &'static str = "Sum";

    fn apply(&mut self, Counting::Counted { by }: &Counting) {
        self.total += by;
        self.additions += 1;
    }

    fn apply_erased(&mut self) {
        self.erased += 1;
    }
}

fn stream() -> StreamName {
    StreamName::new("sum").unwrap()
}

fn sum(total: u64, additions: u64) -> Sum {
    Sum {
        total,
        additions,
        erased: 0,
    }
}

fn every(events: u64) -> NonZeroU64 {
    NonZeroU64::new(events).unwrap()
}

fn sums<B: PayloadStorage>(backend: B) -> Repository<Sum, B, Json> {
    let repository = Repository::new(backend, EventCodec::new(Json)).unwrap();
    repository.with_retry_limits(RetryLimits {
        first_pause: Duration::from_micros(1),
        ..RetryLimits::default()
    })
}

fn count(by: u64) -> impl Fn(&Sum) -> Result<Vec<Counting>, &'static str> {
    move |_| Ok(vec![Counting::Counted { by }])
}

async fn decisions_of_several_callers_are_made_one_upon_the_other(layout: eventstore_postgres::Layout) {
    let fixture = Fixture::of(layout).await;
    let repository: Repository<Sum, PostgresStore, Json> =
        Repository::new(fixture.store.clone(), EventCodec::new(Json)).unwrap();
    let repository = Arc::new(repository.with_snapshot_every(every(7)).with_retry_limits(RetryLimits {
        retries: 200,
        first_pause: Duration::from_millis(1),
        longest_pause: Duration::from_millis(20),
    }));
    let mut callers = JoinSet::new();
    for _ in 0..4 {
        let repository = Arc::clone(&repository);
        callers.spawn(async move {
            for _ in 0..10 {
                // What is added depends on what was there: lost updates would show in the sum.
                let decide = |sum: &Sum| Ok::<_, &str>(vec![Counting::Counted { by: sum.total % 3 + 1 }]);
                repository.execute(&stream(), decide).await.unwrap();
            }
        });
    }
    callers.join_all().await;
    let expected = (0..40).fold(0, |sum, _| sum + sum % 3 + 1);
    let loaded = repository.load(&stream()).await.unwrap();
    assert_eq!((loaded.state, loaded.version.get()), (sum(expected, 40), 40));
    let snapshot = fixture.store.read_snapshot(&stream()).await.unwrap().unwrap();
    assert_eq!(snapshot.snapshot.version.get() / 7, 5);
}

async fn decisions_upon_two_aggregates_are_stored_together(layout: eventstore_postgres::Layout) {
    let fixture = Fixture::of(layout).await;
    let repository = sums(fixture.store.clone());
    let other = StreamName::new("other").unwrap();
    repository.execute(&stream(), count(1)).await.unwrap();
    let early = repository.command(&stream()).prepare(count(5)).await.unwrap().append;
    repository.execute(&stream(), count(1)).await.unwrap();
    let to_other = || repository.command(&other).prepare(count(7));

    let appends = vec![early.unwrap(), to_other().await.unwrap().append.unwrap()];
    let refused = fixture
        .store
        .append_set(AppendSet::new(appends).unwrap())
        .await
        .unwrap_err();
    assert!(refused.is_conflict(), "{refused:?}");
    assert_eq!(repository.load(&other).await.unwrap().version.get(), 0);

    let prepared = repository.command(&stream()).prepare(count(5)).await.unwrap();
    assert_eq!(prepared.aggregate.state, sum(2, 2));
    let set = AppendSet::new(vec![
        prepared.append.unwrap(),
        to_other().await.unwrap().append.unwrap(),
    ])
    .unwrap();
    // It can be repeated, as after an answer that was lost.
    for _ in 0..2 {
        fixture.store.append_set(set.clone()).await.unwrap();
        assert_eq!(repository.load(&stream()).await.unwrap().state, sum(7, 3));
        assert_eq!(repository.load(&other).await.unwrap().state, sum(7, 1));
    }
    let nothing = repository
        .command(&other)
        .prepare(|_| Ok::<_, &str>(vec![]))
        .await
        .unwrap();
    assert_eq!(nothing.append, None);
}

async fn a_decision_belongs_to_the_transaction_of_the_caller(layout: eventstore_postgres::Layout) {
    let fixture = Fixture::of(layout).await;
    let repository = sums(fixture.store.clone()).with_snapshot_every(every(1));
    let mut session = fixture.session().await;
    for (is_kept, expected) in [(false, sum(0, 0)), (true, sum(5, 1))] {
        let mut transaction = session.begin().await.unwrap();
        let within = repository.on(Arc::new(fixture.store.on(&mut transaction))).unwrap();
        let executed = within.execute(&stream(), count(5)).await.unwrap();
        assert_eq!(executed.state, sum(5, 1));
        drop(within);
        assert_eq!(repository.load(&stream()).await.unwrap().version.get(), 0);
        if is_kept {
            transaction.commit().await.unwrap();
        } else {
            transaction.rollback().await.unwrap();
        }
        assert_eq!(repository.load(&stream()).await.unwrap().state, expected);
    }
}

/// Adds what is there already, once.
struct Double<'c> {
    calls: &'c AtomicU32,
}

impl Decide<Sum> for Double<'_> {
    type Refusal = &'static str;

    async fn decide(&self, sum: &Sum) -> Result<Vec<Counting>, &'static str> {
        tokio::task::yield_now().await;
        self.calls.fetch_add(1, Ordering::SeqCst);
        if sum.total != 5 {
            return Err("it is doubled already");
        }
        Ok(vec![Counting::Counted { by: 2 }, Counting::Counted { by: 3 }])
    }
}

async fn a_command_is_executed_once_however_many_try(layout: eventstore_postgres::Layout) {
    let fixture = Fixture::of(layout).await;
    let repository = Arc::new(sums(fixture.store.clone()));
    let command = Uuid::now_v7();
    repository.execute(&stream(), count(5)).await.unwrap();
    let mut callers = JoinSet::new();
    for _ in 0..8 {
        let repository = Arc::clone(&repository);
        callers.spawn(async move {
            let calls = AtomicU32::new(0);
            let double = Double { calls: &calls };
            repository
                .command(&stream())
                .execute_once(command, &double)
                .await
                .unwrap()
        });
    }
    let executed = callers.join_all().await;
    let first_times = executed.iter().filter(|executed| !executed.events.is_empty());
    assert_eq!(first_times.count(), 1, "{executed:?}");
    assert!(
        executed.iter().all(|executed| executed.state == sum(10, 3)),
        "{executed:?}"
    );

    let calls = AtomicU32::new(0);
    let (again, double) = (repository.command(&stream()), Double { calls: &calls });
    let again = again.execute_once(command, &double);
    assert_eq!((again.await.unwrap().events, calls.load(Ordering::SeqCst)), (vec![], 0));
    let refused = repository
        .command(&stream())
        .execute_once(Uuid::now_v7(), &double)
        .await;
    assert!(
        matches!(refused, Err(ExecuteError::Refused("it is doubled already"))),
        "{refused:?}"
    );
}

/// Behaviours: R1.31.
#[tokio::test]
async fn events_tell_what_they_were_caused_by_and_whatever_else_is_known() {
    let store = MemoryStore::new();
    let repository = sums(store.clone());
    let (causation, correlation) = (Uuid::now_v7(), Uuid::now_v7());
    let metadata = serde_json::json!({ "user": "ada" });
    let command = repository.command(&stream()).with_metadata(&metadata);
    let command = command.with_causation_id(causation).with_correlation_id(correlation);
    command.execute(count(5)).await.unwrap();
    let first = find_last(&store).await;
    assert_eq!(first.metadata.as_deref(), Some(metadata.to_string().as_bytes()));
    assert_eq!(
        (first.causation_id, first.correlation_id),
        (Some(causation), Some(correlation))
    );

    repository
        .command(&stream())
        .caused_by(&first)
        .execute(count(5))
        .await
        .unwrap();
    let second = find_last(&store).await;
    let caused_by = Some(first.event_id.as_uuid());
    assert_eq!(
        (second.causation_id, second.correlation_id),
        (caused_by, Some(correlation))
    );
    assert_eq!(second.metadata, None);
}

async fn find_last(store: &MemoryStore) -> RecordedEvent {
    let request = PageRequest::new(stream(), Direction::Backward, EventNumber::MAX, 1);
    store.read_page(request).await.unwrap().events.remove(0).event
}

#[tokio::test]
async fn what_a_command_led_to_is_told_with_its_places() {
    let store = MemoryStore::new();
    append_rival(&store, "Counted").await.unwrap();
    let elsewhere = StreamName::new("elsewhere").unwrap();
    let repository = sums(store.clone());
    repository.execute(&elsewhere, count(1)).await.unwrap();
    let calls = AtomicU32::new(0);
    let decide = |_: &Sum| Ok::<_, &str>(vec![Counting::Counted { by: 1 }, Counting::Counted { by: 2 }]);
    let executed = repository.execute(&stream(), decide).await.unwrap();
    assert_eq!((executed.state, executed.version.get()), (sum(103, 3), 3));
    let events = executed.events.iter().zip([(1, 2, 3), (2, 3, 4)]);
    for (event, (by, version, position)) in events {
        let place = (event.stream_version.get(), event.position.get());
        assert_eq!((&event.event, place), (&Counting::Counted { by }, (version, position)));
    }
    assert_eq!(executed.events[1].event_id, find_last(&store).await.event_id);

    let waits = Double { calls: &calls };
    let refused = repository.command(&stream()).execute_by(&waits).await;
    assert!(matches!(refused, Err(ExecuteError::Refused(_))), "{refused:?}");
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_refused_decision_and_one_for_nothing_change_nothing() {
    let repository = sums(MemoryStore::new());
    let refused = repository.execute(&stream(), |_| Err("never")).await;
    assert!(matches!(refused, Err(ExecuteError::Refused("never"))), "{refused:?}");
    let nothing = repository.execute(&stream(), |_| Ok::<_, &str>(vec![])).await.unwrap();
    assert_eq!((nothing.state, nothing.version.get()), (Sum::default(), 0));
    let first = repository.execute(&stream(), count(5)).await.unwrap();
    assert_eq!((first.state, first.version.get()), (sum(5, 1), 1));
}

#[tokio::test]
async fn a_conflict_is_decided_again_as_often_as_the_limits_say() {
    let contended = |rivals| sums(Troubled::new(MemoryStore::new()).with_rivals(rivals));
    let decide = |sum: &Sum| Ok::<_, &str>(vec![Counting::Counted { by: sum.total + 1 }]);
    let loaded = contended(3).execute(&stream(), decide).await.unwrap();
    // Three rivals counted 100 each before.
    assert_eq!((loaded.state, loaded.version.get()), (sum(300 + 301, 4), 4));

    let limits = RetryLimits {
        retries: 2,
        first_pause: Duration::from_micros(1),
        longest_pause: Duration::from_micros(1),
    };
    let failed = contended(3).with_retry_limits(limits).execute(&stream(), decide).await;
    assert!(
        matches!(&failed, Err(ExecuteError::Store(error)) if error.is_conflict()),
        "{failed:?}"
    );
}

#[tokio::test]
async fn an_append_whose_answer_was_lost_is_made_once() {
    let store = MemoryStore::new();
    let repository = sums(Troubled::new(store.clone()).with_lost_answers(2));
    let loaded = repository.execute(&stream(), count(5)).await.unwrap();
    assert_eq!((loaded.state, loaded.version.get()), (sum(5, 1), 1));
    assert_eq!(sums(store).load(&stream()).await.unwrap().state, sum(5, 1));
}

#[tokio::test]
async fn a_lost_answer_is_told_when_the_retries_are_used_up() {
    let repository = sums(Troubled::new(MemoryStore::new()).with_lost_answers(3)).with_retry_limits(RetryLimits {
        retries: 2,
        first_pause: Duration::from_micros(1),
        longest_pause: Duration::from_micros(1),
    });
    let failed = repository.execute(&stream(), count(5)).await;
    assert!(
        matches!(failed, Err(ExecuteError::Store(Error::OutcomeUnknown { .. }))),
        "{failed:?}"
    );
}

/// Behaviours: R6.1, R14.1.
#[tokio::test]
async fn a_snapshot_saves_reading_what_is_in_it() {
    let store = Troubled::new(MemoryStore::new());
    let reads = Arc::clone(&store.reads);
    let repository = sums(store).with_snapshot_every(every(3));
    for _ in 0..7 {
        repository.execute(&stream(), count(1)).await.unwrap();
    }
    reads.lock().unwrap().clear();
    let loaded = repository.load(&stream()).await.unwrap();
    assert_eq!((loaded.state, loaded.version.get()), (sum(7, 7), 7));
    // From the last event in the snapshot on, to see that it is still there.
    assert_eq!(*reads.lock().unwrap(), [EventNumber::from(6)]);
}

#[tokio::test]
async fn a_snapshot_that_is_of_no_use_is_left_aside() {
    let store = MemoryStore::new();
    let repository = sums(store.clone()).with_snapshot_every(every(2));
    for _ in 0..4 {
        repository.execute(&stream(), count(1)).await.unwrap();
    }
    let recorded = store.read_snapshot(&stream()).await.unwrap().unwrap().snapshot;
    assert_eq!(recorded.version.get(), 4);
    let useless = [
        Snapshot {
            snapshot_type: EventType::new("Sum.v2").unwrap(),
            ..recorded.clone()
        },
        Snapshot {
            data: "no JSON".into(),
            ..recorded.clone()
        },
        Snapshot {
            metadata: None,
            data: r#"{"total":99,"additions":99,"erased":99}"#.into(),
            ..recorded.clone()
        },
        Snapshot {
            metadata: Some(r#"{"last_event_id":"00000000-0000-0000-0000-000000000000"}"#.into()),
            data: r#"{"total":99,"additions":99,"erased":99}"#.into(),
            ..recorded
        },
    ];
    for snapshot in useless {
        store
            .record_snapshot(snapshot.clone(), SnapshotPolicy::Replace)
            .await
            .unwrap();
        let loaded = repository.load(&stream()).await.unwrap();
        assert_eq!((loaded.state, loaded.version.get()), (sum(4, 4), 4), "{snapshot:?}");
    }
}

/// Else it would be read, and passed over, as long as the stream has fewer events than the one before had.
#[tokio::test]
async fn a_snapshot_that_had_to_be_passed_over_is_replaced_although_its_version_is_later() {
    let useless = |version: u32, snapshot_type| Snapshot {
        source: stream(),
        version: version.into(),
        snapshot_type: EventType::new(snapshot_type).unwrap(),
        data: r#"{"total":99,"additions":99,"erased":99}"#.into(),
        metadata: Some(r#"{"last_event_id":"00000000-0000-0000-0000-000000000000"}"#.into()),
    };
    for snapshot_type in [Sum::SNAPSHOT_TYPE, "Sum of long ago"] {
        let store = MemoryStore::new();
        let repository = sums(store.clone()).with_snapshot_every(every(2));
        let before = useless(99, snapshot_type);
        store.record_snapshot(before, SnapshotPolicy::Replace).await.unwrap();
        for _ in 0..2 {
            repository.execute(&stream(), count(1)).await.unwrap();
        }
        let recorded = store.read_snapshot(&stream()).await.unwrap().unwrap();
        assert_eq!(recorded.snapshot.version.get(), 2, "{snapshot_type}");
        // One that another process has recorded meanwhile stays.
        let loaded = repository.load(&stream()).await.unwrap();
        assert_eq!((loaded.state, loaded.version.get()), (sum(2, 2), 2));
    }
}

/// A snapshot that is recorded while the stream of its name is deleted for good stays.
#[tokio::test]
async fn a_snapshot_of_a_stream_that_was_deleted_is_not_taken_for_one_of_the_new_stream() {
    let store = MemoryStore::new().with_hard_deletes();
    let repository = sums(store.clone()).with_snapshot_every(every(2));
    for additions in [0, 1, 2, 3] {
        store.delete(Delete::new(stream(), Deletion::Hard)).await.ok();
        for _ in 0..2 {
            repository.execute(&stream(), count(1)).await.unwrap();
        }
        let late = store.read_snapshot(&stream()).await.unwrap().unwrap().snapshot;
        store.delete(Delete::new(stream(), Deletion::Hard)).await.unwrap();
        store.record_snapshot(late, SnapshotPolicy::Replace).await.unwrap();
        let plain = sums(store.clone());
        for _ in 0..additions {
            plain.execute(&stream(), count(5)).await.unwrap();
        }
        let loaded = repository.load(&stream()).await.unwrap();
        let expected = (sum(5 * additions, additions), additions);
        assert_eq!((loaded.state, loaded.version.get()), expected);
    }
}

#[tokio::test]
async fn a_snapshot_that_cannot_be_recorded_fails_nobody() {
    let troubled = Troubled::new(MemoryStore::new()).without_snapshots();
    let repository = sums(troubled).with_snapshot_every(every(1));
    let loaded = repository.execute(&stream(), count(5)).await.unwrap();
    assert_eq!(loaded.state, sum(5, 1));
}

#[tokio::test]
async fn what_is_erased_is_passed_over_also_in_a_snapshot() {
    let keys = Arc::new(KeyRing::new());
    keys.rotate("ada").unwrap();
    let store = Arc::new(MemoryStore::new());
    let codec = EventCodec::new(Json.with_layer(Encryption::new(Arc::clone(&keys))));
    let repository = |codec| {
        let repository: Repository<Sum, _, _> = Repository::new(Arc::clone(&store), codec).unwrap();
        repository.with_snapshot_every(every(2))
    };
    let about_ada = repository(codec.for_subject("ada"));
    about_ada.execute(&stream(), count(1)).await.unwrap();
    about_ada.execute(&stream(), count(1)).await.unwrap();
    keys.forget("ada");
    let about_nobody = repository(codec.for_nobody());
    let loaded = about_nobody.execute(&stream(), count(5)).await.unwrap();
    let expected = Sum { erased: 2, ..sum(5, 1) };
    assert_eq!((loaded.state, loaded.version.get()), (expected, 3));
    let refused = about_ada.execute(&stream(), count(1)).await;
    assert!(
        matches!(&refused, Err(ExecuteError::Store(Error::Payload { .. }))),
        "{refused:?}"
    );
}

/// Behaviours: R14.5.
#[tokio::test]
async fn an_event_of_an_unknown_type_is_an_error() {
    let store = MemoryStore::new();
    append_rival(&store, "Frozen").await.unwrap();
    let loaded = sums(store).load(&stream()).await;
    assert!(
        matches!(&loaded, Err(Error::Payload { message, .. }) if message.contains("no variant for events of the type Frozen")),
        "{loaded:?}"
    );
}

#[tokio::test]
async fn a_deleted_stream_is_an_error() {
    let store = MemoryStore::new();
    let repository = sums(store.clone());
    repository.execute(&stream(), count(5)).await.unwrap();
    store.delete(Delete::new(stream(), Deletion::Soft)).await.unwrap();
    let loaded = repository.load(&stream()).await;
    assert!(matches!(loaded, Err(Error::StreamDeleted { .. })), "{loaded:?}");
}

#[tokio::test]
async fn a_codec_that_does_not_fit_is_refused() {
    let store = Arc::new(MemoryStore::new().with_json_payloads());
    let refused = Repository::<Sum, _, _>::new(store, EventCodec::new(MessagePack)).err();
    assert!(
        matches!(refused, Some(SerdeError::StorageMismatch { .. })),
        "{refused:?}"
    );
}

async fn append_rival(store: &MemoryStore, event_type: &str) -> Result<AppendReceipt> {
    let event_type = EventType::new(event_type).unwrap();
    let event = NewEvent::new(Uuid::now_v7(), event_type, r#"{"by":100}"#);
    store
        .append(Append::new(stream(), ExpectedVersion::Any, vec![event])?)
        .await
}

/// A store in which others are faster, and answers get lost.
struct Troubled {
    store: MemoryStore,
    /// This many appends are preceded by one of another caller.
    rivals: AtomicU32,
    /// The answers to so many appends get lost.
    lost_answers: AtomicU32,
    keeps_snapshots: bool,
    /// Where each read began.
    reads: Arc<Mutex<Vec<EventNumber>>>,
}

impl Troubled {
    fn new(store: MemoryStore) -> Self {
        Self {
            store,
            rivals: AtomicU32::new(0),
            lost_answers: AtomicU32::new(0),
            keeps_snapshots: true,
            reads: Arc::default(),
        }
    }

    fn with_rivals(self, rivals: u32) -> Self {
        Self {
            rivals: rivals.into(),
            ..self
        }
    }

    fn with_lost_answers(self, lost_answers: u32) -> Self {
        Self {
            lost_answers: lost_answers.into(),
            ..self
        }
    }

    fn without_snapshots(self) -> Self {
        Self {
            keeps_snapshots: false,
            ..self
        }
    }
}

fn take_one(left: &AtomicU32) -> bool {
    left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1))
        .is_ok()
}

#[async_trait]
impl EventWriter for Troubled {
    async fn append(&self, append: Append) -> Result<AppendReceipt> {
        if take_one(&self.rivals) {
            append_rival(&self.store, "Counted").await?;
        }
        let receipt = self.store.append(append).await?;
        if take_one(&self.lost_answers) {
            return Err(Error::OutcomeUnknown {
                source: "the connection was cut".into(),
            });
        }
        Ok(receipt)
    }

    async fn append_set(&self, set: AppendSet) -> Result<Vec<AppendReceipt>> {
        self.store.append_set(set).await
    }
}

#[async_trait]
impl EventReader for Troubled {
    async fn read_page(&self, request: PageRequest) -> Result<Page> {
        self.reads.lock().unwrap().push(request.from);
        self.store.read_page(request).await
    }

    async fn number_at(&self, selector: &StreamSelector, at: Timestamp) -> Result<EventNumber> {
        self.store.number_at(selector, at).await
    }
}

#[async_trait]
impl SnapshotStore for Troubled {
    async fn read_snapshot(&self, source: &StreamName) -> Result<Option<RecordedSnapshot>> {
        self.store.read_snapshot(source).await
    }

    async fn list_snapshots(&self, after: Option<&StreamName>, limit: u32) -> Result<Vec<RecordedSnapshot>> {
        self.store.list_snapshots(after, limit).await
    }

    async fn record_snapshot(&self, snapshot: Snapshot, policy: SnapshotPolicy) -> Result<SnapshotOutcome> {
        if !self.keeps_snapshots {
            return Err(Error::Unavailable {
                message: "no room".to_owned(),
                source: None,
            });
        }
        self.store.record_snapshot(snapshot, policy).await
    }

    async fn delete_snapshot(&self, source: &StreamName) -> Result<()> {
        self.store.delete_snapshot(source).await
    }
}

impl PayloadStorage for Troubled {
    fn payload_format(&self) -> PayloadFormat {
        self.store.payload_format()
    }
}
