//! Times that the server keeps and no timestamp of ours can hold.

use eventstore_core::backend::PageRequest;
use eventstore_core::{
    Direction, Error, EventReader, EventReaderExt, EventWriter, ExpectedVersion, PageStart, Read, SnapshotStore,
    StreamDirectory, StreamName, StreamQuery, StreamSelector, StreamSort, SubscriptionAdmin,
};
use eventstore_postgres::{FindingKind, Layout};
use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, Executor};

use crate::support::{Fixture, in_both_layouts};

in_both_layouts! {
    an_event_whose_time_cannot_be_read_is_named,
    a_row_whose_time_cannot_be_read_is_damage,
    times_of_the_first_and_the_last_year_are_kept,
}

const UNREADABLE: [(&str, &str); 4] = [
    ("infinity", "the time infinity"),
    ("-infinity", "the time -infinity"),
    ("294276-12-31Z", "outside the years 0000 to 9999"),
    ("4700-01-01Z BC", "outside the years 0000 to 9999"),
];

async fn damage(fixture: &Fixture, statement: &str) {
    let statement = format!("SET session_replication_role = 'replica'; {statement}");
    fixture.session().await.execute(AssertSqlSafe(statement)).await.unwrap();
}

#[track_caller]
fn assert_damaged<T: std::fmt::Debug>(answer: Result<T, Error>, reason: &str) -> String {
    match answer {
        Err(Error::Storage { message, source }) => {
            assert!(source.to_string().contains(reason), "{source}");
            message
        }
        other => panic!("expected damage ({reason}), got {other:?}"),
    }
}

async fn unreadable_times(fixture: &Fixture) -> Vec<String> {
    let findings = fixture.store.verify().await.unwrap();
    assert!(
        findings
            .iter()
            .all(|finding| finding.kind == FindingKind::UnreadableTime),
        "{findings:?}"
    );
    findings.into_iter().map(|finding| finding.location).collect()
}

async fn an_event_whose_time_cannot_be_read_is_named(layout: Layout) {
    for (time, reason) in UNREADABLE {
        let fixture = Fixture::of(layout).await;
        fixture.append("s", ExpectedVersion::NoStream, 3).await.unwrap();
        let events: Vec<_> = fixture.store.numbered(Read::all()).try_collect().await.unwrap();
        let id = events[1].event_id;
        damage(
            &fixture,
            &format!("UPDATE events SET created_at = '{time}' WHERE event_id = '{id}'"),
        )
        .await;
        let stream = StreamName::new("s").unwrap();
        for selector in [StreamSelector::All, stream.into()] {
            for direction in [Direction::Forward, Direction::Backward] {
                let from = if direction == Direction::Forward { 1 } else { 3 };
                let request = PageRequest::new(selector.clone(), direction, from.into(), 10);
                let message = assert_damaged(fixture.store.read_page(request).await, reason);
                assert!(message.contains("event 2"), "{message}");
            }
        }
        let location = match layout {
            Layout::Original => format!("event {id}"),
            _ => "position 2".to_owned(),
        };
        assert_eq!(unreadable_times(&fixture).await, [location]);
    }
}

async fn a_row_whose_time_cannot_be_read_is_damage(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    fixture.append("s", ExpectedVersion::NoStream, 1).await.unwrap();
    let rows = "INSERT INTO snapshots (source_uuid, source_version, source_type, data) VALUES ('s', 1, 'T', '{}');
        INSERT INTO subscriptions (stream_uuid, subscription_name) VALUES ('s', 'n')";
    damage(&fixture, rows).await;
    let stream = StreamName::new("s").unwrap();
    for (time, reason) in UNREADABLE {
        let times = format!(
            "UPDATE streams SET created_at = '{time}' WHERE stream_uuid = 's';
             UPDATE snapshots SET created_at = '{time}'; UPDATE subscriptions SET created_at = '{time}'"
        );
        damage(&fixture, &times).await;
        let store = &fixture.store;
        assert_damaged(store.list_streams(StreamQuery::default()).await, reason);
        assert_damaged(store.stream_info(&stream.clone().into()).await, reason);
        assert_damaged(store.read_snapshot(&stream).await, reason);
        assert_damaged(store.list_snapshots(None, 10).await, reason);
        assert_damaged(store.list_subscriptions().await, reason);
        let expected = ["snapshot \"s\"", "stream \"s\"", "subscription \"n\""];
        assert_eq!(unreadable_times(&fixture).await, expected);
    }
    let deleted = "UPDATE streams SET created_at = now(), deleted_at = 'infinity' WHERE stream_uuid = 's';
        DELETE FROM snapshots; DELETE FROM subscriptions";
    damage(&fixture, deleted).await;
    assert_damaged(fixture.store.list_streams(StreamQuery::default()).await, "infinity");
    assert_eq!(unreadable_times(&fixture).await, ["stream \"s\""]);
}

async fn times_of_the_first_and_the_last_year_are_kept(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let times = ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"].map(|time| time.parse().unwrap());
    for (time, stream) in times.into_iter().zip(["first", "last"]) {
        let append = crate::support::append(stream, ExpectedVersion::NoStream, 1).with_created_at(time);
        fixture.store.append(append).await.unwrap();
    }
    let events: Vec<_> = fixture.store.numbered(Read::all()).try_collect().await.unwrap();
    assert_eq!(events.iter().map(|event| event.created_at).collect::<Vec<_>>(), times);
    assert_eq!(unreadable_times(&fixture).await, [""; 0]);
    let mut query = StreamQuery {
        sort: StreamSort::CreatedAt,
        page_size: std::num::NonZeroU32::MIN,
        ..StreamQuery::default()
    };
    let mut listed = Vec::new();
    while let Some(last) = fixture.store.list_streams(query.clone()).await.unwrap().streams.pop() {
        listed.push(last.selector.to_string());
        query.start = PageStart::After(Box::new(last));
    }
    assert_eq!(listed, ["first", "$all", "last"]);
}
