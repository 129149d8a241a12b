//! What an export and an import do with subscriptions and snapshots.

use eventstore_core::backend::{EventToPark, Lease, ParkOutcome, Parking};
use eventstore_core::{
    EventId, EventNumber, EventReaderExt, EventStore, ParkCause, ParkedEvent, PartitionKey, Read, StreamSelector,
    SubscriptionKey, SubscriptionName,
};
use futures_util::TryStreamExt;
use serde_json::Value;

use crate::kind::Kind;
use crate::portable::filled;
use crate::program::Program;

on_each_backend![
    a_checkpoint_goes_forward_with_later_exports_and_never_back,
    a_subscription_begins_anew_where_other_events_stand_before_its_checkpoint,
    a_follower_of_what_is_parked_no_longer_stays_parked,
    a_snapshot_of_events_that_were_not_imported_is_left_out,
    nothing_of_a_stream_that_was_created_anew_is_passed_over,
];

fn key(stream: &str, name: &str) -> SubscriptionKey {
    SubscriptionKey {
        selector: stream.parse::<StreamSelector>().unwrap(),
        name: SubscriptionName::new(name).unwrap(),
    }
}

async fn subscribe(store: &dyn EventStore, stream: &str, name: &str, checkpoint: u32) {
    let lease = hold(store, &key(stream, name)).await;
    store.save_checkpoint(lease.token(), checkpoint.into()).await.unwrap();
    lease.release().await;
}

async fn hold(store: &dyn EventStore, key: &SubscriptionKey) -> Box<dyn Lease> {
    let acquired = store.try_acquire(key, EventNumber::ZERO).await.unwrap();
    acquired.unwrap().lease
}

async fn checkpoint(store: &dyn EventStore, stream: &str, name: &str) -> u64 {
    let info = store.subscription_info(&key(stream, name)).await.unwrap();
    info.record.checkpoint.get()
}

async fn ids(store: &dyn EventStore) -> Vec<EventId> {
    let events: Vec<_> = store.read(Read::all()).try_collect().await.unwrap();
    events.into_iter().map(|event| event.event_id).collect()
}

/// Parks the event at this number of `$all`, and does not move the checkpoint.
async fn park(store: &dyn EventStore, name: &str, number: u32, event_id: EventId, reason: Option<&str>) {
    let key = key("$all", name);
    let record = store.subscription_info(&key).await.unwrap().record;
    let event = EventToPark {
        number: number.into(),
        event_id,
        partition: Some(PartitionKey::new("p")),
        cause: match reason {
            Some(reason) => ParkCause::Rejected {
                reason: reason.to_owned(),
                attempts: 3,
            },
            None => ParkCause::Follows,
        },
    };
    let lease = hold(store, &key).await;
    let parking = Parking {
        lease: lease.token(),
        key,
        events: vec![event],
        checkpoint: record.checkpoint,
    };
    assert_eq!(store.park(&parking).await.unwrap(), ParkOutcome::Parked);
    lease.release().await;
}

async fn parked(store: &dyn EventStore, name: &str) -> Vec<ParkedEvent> {
    let record = store.subscription_info(&key("$all", name)).await.unwrap().record;
    store.list_parked(record.id, EventNumber::ZERO, 10).await.unwrap()
}

async fn numbers_parked(store: &dyn EventStore, name: &str) -> Vec<u64> {
    parked(store, name)
        .await
        .iter()
        .map(|event| event.number.get())
        .collect()
}

fn put_snapshot(program: &Program, source: &str, version: &str) {
    let put = ["--quiet", "snapshot", "put", source, "--version", version];
    let data = ["--type", "T", "--data", "{\"a\": 1}", "--metadata", "[2]"];
    program.run(&[&put[..], &data[..]].concat()).assert_done();
}

/// Does an import, and tells how many snapshots, subscriptions and parked events it has brought.
pub(crate) fn import(program: &Program, lines: &str) -> [u64; 3] {
    let summary = &program.run_with_input(&["import", "-"], lines).json_lines()[0];
    ["snapshots", "subscriptions", "parked_events"].map(|key| summary[key].as_u64().unwrap())
}

/// The lines of an export without what an import assigns again: numbers of `$all`, and the times of all but events.
pub(crate) fn without_new(export: &str) -> Vec<Value> {
    let mut lines: Vec<Value> = export.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for line in &mut lines {
        let line = line.as_object_mut().unwrap();
        line.retain(|key, _| key != "event_number" && key != "position");
        if line.contains_key("snapshot") || line.contains_key("subscription") {
            line.remove("created_at");
        }
        for event in line
            .get_mut("parked")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            event
                .as_object_mut()
                .unwrap()
                .retain(|key, _| key != "event_number" && key != "parked_at");
        }
    }
    lines
}

/// Events behind a gap in `$all`, of which the first is at 3, subscriptions, parked events and snapshots.
pub(crate) async fn with_state(kind: Kind) -> Program {
    let program = filled(kind).await;
    let store = program.connect().await;
    let ids = ids(&store).await;
    for (stream, name, checkpoint) in [
        ("$all", "new", 0),
        ("$all", "begun", 5),
        ("$all", "beyond", 900),
        ("mixed", "begun", 3),
        ("deleted", "begun", 1),
        ("links", "begun", 1),
        ("absent", "begun", 7),
    ] {
        subscribe(&store, stream, name, checkpoint).await;
    }
    park(&store, "begun", 4, ids[1], Some("Größe\n")).await;
    park(&store, "begun", 6, ids[3], None).await;
    put_snapshot(&program, "mixed", "4");
    put_snapshot(&program, "no stream", "17");
    put_snapshot(&program, "deleted", "2");
    program
}

#[tokio::test]
async fn subscriptions_parked_events_and_snapshots_are_imported_without_loss() {
    for (kind, other) in [
        (Kind::COMPACT, Kind::COMPACT_JSON),
        (Kind::ORIGINAL, Kind::Sqlite),
        (Kind::Sqlite, Kind::COMPACT_JSON),
    ] {
        let source = with_state(kind).await;
        let export = source.run(&["export"]).stdout;
        let program = Program::start(other).await;
        assert_eq!(import(&program, &export), [3, 7, 2]);
        assert_eq!(without_new(&program.run(&["export"]).stdout), without_new(&export));
        let target = program.connect().await;
        for (stream, name, expected) in [
            ("$all", "new", 0),
            ("$all", "begun", 3),
            ("$all", "beyond", 6),
            ("mixed", "begun", 3),
            ("deleted", "begun", 1),
            ("links", "begun", 1),
            ("absent", "begun", 0),
        ] {
            assert_eq!(checkpoint(&target, stream, name).await, expected, "{name} to {stream}");
        }
        assert_eq!(numbers_parked(&target, "begun").await, [2, 4]);
        assert_eq!(import(&program, &export), [0, 0, 0]);
        program.run(&["--quiet", "verify"]).assert_done();
    }
}

async fn a_checkpoint_goes_forward_with_later_exports_and_never_back(kind: Kind) {
    let source = Program::start(kind).await;
    source.append_numbered("s", 9);
    let (program, from) = (Program::start(kind).await, source.connect().await);
    subscribe(&from, "$all", "a", 4).await;
    subscribe(&from, "s", "a", 2).await;
    let first = source.run(&["export"]).stdout;
    assert_eq!(import(&program, &first), [0, 2, 0]);
    let target = program.connect().await;
    subscribe(&from, "$all", "a", 7).await;
    subscribe(&target, "s", "a", 9).await;
    assert_eq!(import(&program, &source.run(&["export"]).stdout), [0, 1, 0]);
    assert_eq!(import(&program, &first), [0, 0, 0]);
    assert_eq!(checkpoint(&target, "$all", "a").await, 7);
    assert_eq!(checkpoint(&target, "s", "a").await, 9);
}

async fn a_subscription_begins_anew_where_other_events_stand_before_its_checkpoint(kind: Kind) {
    let source = Program::start(kind).await;
    source.append_numbered("s", 3);
    source.append_numbered("t", 3);
    let from = source.connect().await;
    subscribe(&from, "$all", "a", 6).await;
    subscribe(&from, "s", "a", 3).await;
    subscribe(&from, "t", "a", 3).await;
    put_snapshot(&source, "s", "3");
    put_snapshot(&source, "t", "3");
    let export = source.run(&["export"]).stdout;

    let program = Program::start(kind).await;
    program.append_numbered("s", 1);
    let outcome = program.run_with_input(&["import", "-", "--skip-conflicts"], &export);
    assert_eq!(outcome.status, Some(0), "{outcome:?}");
    assert!(outcome.stdout.contains("\"subscriptions\":3"), "{outcome:?}");
    assert!(
        outcome
            .stderr
            .contains("the subscription \"a\" begins again at the origin: \"$all\""),
        "{outcome:?}"
    );
    let target = program.connect().await;
    assert_eq!(checkpoint(&target, "$all", "a").await, 0);
    assert_eq!(checkpoint(&target, "s", "a").await, 0);
    assert_eq!(checkpoint(&target, "t", "a").await, 3);
    program.run(&["snapshot", "get", "s"]).assert_refused(4, "no snapshot");
    program.run(&["snapshot", "get", "t"]).assert_done();
}

async fn a_follower_of_what_is_parked_no_longer_stays_parked(kind: Kind) {
    let source = Program::start(kind).await;
    source.append_numbered("s", 3);
    let from = source.connect().await;
    let ids = ids(&from).await;
    subscribe(&from, "$all", "a", 0).await;
    park(&from, "a", 1, ids[0], Some("broken")).await;
    park(&from, "a", 2, ids[1], None).await;
    let record = from.subscription_info(&key("$all", "a")).await.unwrap().record;
    subscribe(&from, "$all", "a", 3).await;
    assert!(from.unpark(record.id, 1.into()).await.unwrap());
    let program = Program::start(kind).await;
    assert_eq!(import(&program, &source.run(&["export"]).stdout), [0, 1, 1]);
    let target = program.connect().await;
    assert_eq!(checkpoint(&target, "$all", "a").await, 3);
    let parked = parked(&target, "a").await;
    assert_eq!(parked[0].event_id, ids[1]);
    assert!(
        matches!(&parked[0].cause, ParkCause::Rejected { reason, attempts: 0 } if reason.contains("before it")),
        "{parked:?}"
    );
}

async fn a_snapshot_of_events_that_were_not_imported_is_left_out(kind: Kind) {
    let source = Program::start(kind).await;
    source.append_numbered("s", 3);
    put_snapshot(&source, "s", "3");
    let export = source.run(&["export"]).stdout;
    let cut = export.lines().filter(|line| !line.contains("\"stream_version\":3"));
    let program = Program::start(kind).await;
    assert_eq!(import(&program, &cut.collect::<Vec<_>>().join("\n")), [0, 0, 0]);
    assert_eq!(import(&program, &export), [1, 0, 0]);
}

/// Behaviours: T10.
async fn nothing_of_a_stream_that_was_created_anew_is_passed_over(kind: Kind) {
    let source = Program::start(kind).await;
    source.append_numbered("s", 3);
    let from = source.connect().await;
    subscribe(&from, "s", "a", 2).await;
    source
        .run(&["--quiet", "delete", "s", "--hard", "--yes", "--enable-hard-deletes"])
        .assert_done();
    source.append_numbered("s", 3);

    let program = Program::start(kind).await;
    import(&program, &source.run(&["export"]).stdout);
    assert_eq!(checkpoint(&program.connect().await, "s", "a").await, 0);
}
