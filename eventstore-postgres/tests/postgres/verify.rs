//! `verify` is silent about a sound store and finds what was done to an unsound one.

use eventstore_core::backend::SubscriptionStore;
use eventstore_core::{ExpectedVersion, StreamName, SubscriptionKey, SubscriptionName};
use eventstore_postgres::{FindingKind, Layout, PostgresConfig, PostgresStore, Severity};
use sqlx::Executor;

use crate::support::{Fixture, in_both_layouts};

in_both_layouts! {
    a_sound_store_has_no_findings,
    a_hard_deleted_stream_is_a_notice,
    a_missing_event_is_corruption,
    a_missing_end_is_found,
    every_other_damage_is_named,
    a_checkpoint_of_a_stream_that_was_created_anew_is_no_finding,
    keys_that_are_stored_twice_are_found_behind_a_broken_index,
    a_name_that_its_index_does_not_find_is_found,
    every_sequence_behind_its_table_is_found_and_named_by_errors,
    data_that_was_restored_into_an_initialized_store_is_found,
}

/// What `verify` finds after this was done to a store of two streams with three events each, by turns.
async fn found_after(layout: Layout, damage: &str) -> Vec<(FindingKind, Severity, String)> {
    found(&damaged(layout, damage).await.store).await
}

async fn damaged(layout: Layout, damage: &str) -> Fixture {
    let fixture = Fixture::of(layout).await;
    for _ in 0..3 {
        for stream in ["a", "b"] {
            fixture.append(stream, ExpectedVersion::Any, 1).await.unwrap();
        }
    }
    let damage = format!("SET session_replication_role = 'replica'; {damage}");
    fixture
        .session()
        .await
        .execute(sqlx::AssertSqlSafe(damage))
        .await
        .unwrap();
    fixture
}

async fn found(store: &PostgresStore) -> Vec<(FindingKind, Severity, String)> {
    let findings = store.verify().await.unwrap();
    findings
        .into_iter()
        .map(|finding| (finding.kind, finding.severity, finding.location))
        .collect()
}

/// Takes the event at a position away.
fn delete_event(layout: Layout, position: u32) -> String {
    match layout {
        Layout::Original => format!(
            "CREATE TEMPORARY TABLE gone AS SELECT event_id FROM stream_events
             WHERE stream_id = 0 AND stream_version = {position};
             DELETE FROM stream_events WHERE event_id IN (SELECT event_id FROM gone);
             DELETE FROM events WHERE event_id IN (SELECT event_id FROM gone)"
        ),
        _ => format!("DELETE FROM events WHERE position = {position}"),
    }
}

async fn a_sound_store_has_no_findings(layout: Layout) {
    assert_eq!(found_after(layout, "").await, []);
}

async fn a_hard_deleted_stream_is_a_notice(layout: Layout) {
    let delete = [1, 3, 5].map(|position| delete_event(layout, position));
    let delete = delete.join("; DROP TABLE IF EXISTS gone; ");
    let found = found_after(layout, &format!("{delete}; DELETE FROM streams WHERE stream_id = 1")).await;
    assert_eq!(found.len(), 3);
    assert!(
        found
            .iter()
            .all(|(kind, severity, _)| *kind == FindingKind::PositionGap && *severity == Severity::Notice)
    );
}

async fn a_missing_event_is_corruption(layout: Layout) {
    let found = found_after(layout, &delete_event(layout, 3)).await;
    let expected = [
        (
            FindingKind::PositionGap,
            Severity::Notice,
            "positions 3 to 3".to_owned(),
        ),
        (
            FindingKind::VersionGap,
            Severity::Corruption,
            "stream \"a\" version 2".to_owned(),
        ),
    ];
    assert_eq!(found, expected);
}

async fn a_missing_end_is_found(layout: Layout) {
    let found = found_after(layout, &delete_event(layout, 6)).await;
    let kinds: Vec<_> = found.iter().map(|(kind, _, _)| *kind).collect();
    assert_eq!(kinds, [FindingKind::PositionGap, FindingKind::MissingEvents]);
}

/// Behaviours: T10.
async fn a_checkpoint_of_a_stream_that_was_created_anew_is_no_finding(layout: Layout) {
    for (streams_ago, expected) in [(0, vec![FindingKind::CheckpointBeyondHead]), (1, vec![])] {
        let checkpoint = format!(
            "INSERT INTO subscriptions (stream_uuid, subscription_name, last_seen) VALUES ('b', 's', 7);
             INSERT INTO eventstore_subscription_streams (subscription_id, created_at, stream_id)
             SELECT subscription_id, subscriptions.created_at, stream_id - {streams_ago}
             FROM subscriptions JOIN streams USING (stream_uuid)"
        );
        let found = found_after(layout, &checkpoint).await;
        let kinds: Vec<_> = found.iter().map(|(kind, _, _)| *kind).collect();
        assert_eq!(kinds, expected, "{streams_ago} streams ago");
    }
}

async fn every_other_damage_is_named(layout: Layout) {
    use FindingKind::{
        BrokenLink, CheckpointBeyondHead, CheckpointOutOfRange, MissingAll, MissingEvents, Orphan, OutOfOrder,
        PositionBeyondHead, PositionOutOfRange, SequenceBehind, UnplacedLink, VersionBeyondHead, VersionGap,
    };
    let places = match layout {
        Layout::Original => "stream_events",
        _ => "events",
    };
    let reverse = format!(
        "UPDATE {places} SET stream_version = 4 - stream_version + 10 WHERE stream_id = 1;
         UPDATE {places} SET stream_version = stream_version - 10 WHERE stream_id = 1"
    );
    let (first_position, link_nowhere, broken_link) = match layout {
        Layout::Original => (
            "UPDATE stream_events SET stream_version = 0 WHERE stream_id = 0 AND stream_version = 1",
            "INSERT INTO stream_events SELECT event_id, 99, 1, 1, 1 FROM stream_events
             WHERE stream_id = 1 AND stream_version = 1",
            "INSERT INTO stream_events SELECT event_id, 2, 4, 1, 3 FROM stream_events
             WHERE stream_id = 1 AND stream_version = 1; UPDATE streams SET stream_version = 4 WHERE stream_id = 2",
        ),
        _ => (
            "UPDATE events SET position = 0 WHERE position = 1",
            "INSERT INTO links VALUES (99, 1, 1)",
            "INSERT INTO links VALUES (2, 4, 99); UPDATE streams SET stream_version = 4 WHERE stream_id = 2",
        ),
    };
    let version_zero = format!("UPDATE {places} SET stream_version = 0 WHERE stream_id = 1 AND stream_version = 1");
    for (damage, kind) in [
        ("DELETE FROM streams WHERE stream_id = 1", Orphan),
        ("DELETE FROM streams WHERE stream_id = 0", MissingAll),
        (first_position, PositionOutOfRange),
        (&version_zero, VersionGap),
        (link_nowhere, UnplacedLink),
        (broken_link, BrokenLink),
        ("SELECT setval('streams_stream_id_seq', 1)", SequenceBehind),
        (
            "INSERT INTO subscriptions (stream_uuid, subscription_name, last_seen) VALUES ('$all', 's', -1)",
            CheckpointOutOfRange,
        ),
        (
            "UPDATE streams SET stream_version = 4 WHERE stream_id = 1",
            MissingEvents,
        ),
        (
            "UPDATE streams SET stream_version = 2 WHERE stream_id = 1",
            VersionBeyondHead,
        ),
        (
            "UPDATE streams SET stream_version = 5 WHERE stream_id = 0",
            PositionBeyondHead,
        ),
        (&reverse, OutOfOrder),
        (
            "INSERT INTO subscriptions (stream_uuid, subscription_name, last_seen) VALUES ('$all', 's', 7)",
            CheckpointBeyondHead,
        ),
    ] {
        let kinds: Vec<_> = found_after(layout, damage)
            .await
            .into_iter()
            .map(|(kind, _, _)| kind)
            .collect();
        assert!(kinds.contains(&kind), "{damage}: {kinds:?}");
    }
}

#[tokio::test]
async fn a_link_to_an_event_of_the_same_stream_is_corruption() {
    let link = "INSERT INTO links VALUES (1, 4, 1); UPDATE streams SET stream_version = 4 WHERE stream_id = 1";
    let found = found_after(Layout::Compact, link).await;
    let expected = (
        FindingKind::OwnLink,
        Severity::Corruption,
        "stream \"a\" version 4".to_owned(),
    );
    assert_eq!(found, [expected]);
}

#[tokio::test]
async fn an_event_of_which_one_place_is_missing_is_corruption() {
    for (missing, kind) in [
        (
            "DELETE FROM stream_events WHERE stream_id = 1 AND stream_version = 2",
            FindingKind::Orphan,
        ),
        (
            "DELETE FROM stream_events WHERE stream_id = 0 AND stream_version = 3",
            FindingKind::OutOfOrder,
        ),
        (
            "DELETE FROM events WHERE event_id = (SELECT event_id FROM events LIMIT 1)",
            FindingKind::Orphan,
        ),
    ] {
        let found = found_after(Layout::Original, missing).await;
        let is_found = |(found, severity, _): &(_, _, _)| *found == kind && *severity == Severity::Corruption;
        assert!(found.iter().any(is_found), "{missing}: {found:?}");
    }
}

/// Links all events of `a`, and then one of `b`, into a stream of their own.
const LINK: &str = "INSERT INTO streams (stream_id, stream_uuid, stream_version) VALUES (7, 'links', 4);
    INSERT INTO stream_events SELECT event_id, 7, stream_version, 1, stream_version FROM stream_events WHERE stream_id = 1;
    INSERT INTO stream_events SELECT event_id, 7, 4, 2, 1 FROM stream_events WHERE stream_id = 2 AND stream_version = 1;
    SELECT setval('streams_stream_id_seq', 7)";

#[tokio::test]
async fn what_the_other_library_leaves_behind_is_a_notice() {
    assert_eq!(found_after(Layout::Original, LINK).await, []);
    let counted_unknown = format!("{LINK}; UPDATE streams SET stream_version = 5 WHERE stream_id = 7");
    let hard_deleted = format!(
        "{LINK}; DELETE FROM stream_events WHERE original_stream_id = 1; DELETE FROM streams WHERE stream_id = 1;
         DELETE FROM events WHERE event_id NOT IN (SELECT event_id FROM stream_events)"
    );
    let emptied = format!("{hard_deleted}; DELETE FROM stream_events WHERE stream_id = 7");
    let left_behind = "INSERT INTO events (event_id, event_type, data) VALUES (gen_random_uuid(), 'Happened', '')";
    for (done, kind) in [
        (&*counted_unknown, FindingKind::LinkGap),
        (&*hard_deleted, FindingKind::LinkGap),
        (&*emptied, FindingKind::LinkGap),
        (left_behind, FindingKind::UnplacedEvent),
    ] {
        let found = found_after(Layout::Original, done).await;
        assert!(found.iter().any(|(found, _, _)| *found == kind), "{done}: {found:?}");
        assert!(
            found.iter().all(|(_, severity, _)| *severity == Severity::Notice),
            "{done}: {found:?}"
        );
    }
}

/// An index without these rows, by the order of an operating system for instance, lets them be stored again.
fn hidden_from_the_index(rows: &str) -> String {
    format!(
        "SET allow_system_table_mods = on;
         UPDATE pg_index SET indisready = false, indislive = true, indisunique = false
         WHERE indexrelid IN ('ix_streams_stream_uuid'::regclass, 'snapshots_pkey'::regclass,
             'ix_subscriptions_stream_uuid_subscription_name'::regclass);
         {rows};
         UPDATE pg_index SET indisready = true, indisunique = true
         WHERE indexrelid IN ('ix_streams_stream_uuid'::regclass, 'snapshots_pkey'::regclass,
             'ix_subscriptions_stream_uuid_subscription_name'::regclass)"
    )
}

async fn keys_that_are_stored_twice_are_found_behind_a_broken_index(layout: Layout) {
    let twice = "INSERT INTO streams (stream_uuid) VALUES ('a');
        INSERT INTO subscriptions (stream_uuid, subscription_name) VALUES ('a', 'n'), ('a', 'n'), ('a', 'm');
        INSERT INTO snapshots (source_uuid, source_version, source_type, data)
        VALUES ('é', 1, 'T', '{}'), ('é', 1, 'T', '{}'), ('e', 1, 'T', '{}')";
    let fixture = damaged(layout, &hidden_from_the_index(twice)).await;
    // Here the index is by far the quickest way to the keys, as it is in a large table.
    let url = format!("{}?options[seq_page_cost]=1000000", fixture.database.url());
    let tempted = PostgresStore::connect(PostgresConfig::from_url(&url).unwrap())
        .await
        .unwrap();
    for store in [&fixture.store, &tempted] {
        let found = found(store).await;
        let duplicates: Vec<_> = found
            .iter()
            .filter(|(kind, severity, _)| *kind == FindingKind::DuplicateKey && *severity == Severity::Corruption)
            .map(|(_, _, location)| location.as_str())
            .collect();
        let expected = [
            "table snapshots: \"é\", 2 rows",
            "table streams: \"a\", 2 rows",
            "table subscriptions: \"a\" \"n\", 2 rows",
        ];
        assert_eq!(duplicates, expected, "{found:?}");
    }
}

async fn a_name_that_its_index_does_not_find_is_found(layout: Layout) {
    let lost = "INSERT INTO streams (stream_uuid) VALUES ('lost')";
    let found = found_after(layout, &hidden_from_the_index(lost)).await;
    let expected = (FindingKind::LostKey, Severity::Corruption, "stream \"lost\"".to_owned());
    assert_eq!(found, [expected]);
    let mended = format!("{}; REINDEX TABLE streams", hidden_from_the_index(lost));
    assert_eq!(found_after(layout, &mended).await, []);
}

async fn every_sequence_behind_its_table_is_found_and_named_by_errors(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    fixture.append("s", ExpectedVersion::NoStream, 1).await.unwrap();
    let key = |stream: &str| SubscriptionKey {
        selector: StreamName::new(stream).unwrap().into(),
        name: SubscriptionName::new("n").unwrap(),
    };
    fixture
        .store
        .find_or_create_subscription(&key("s"), 0.into())
        .await
        .unwrap();
    let behind =
        "SELECT setval('streams_stream_id_seq', 1, false), setval('subscriptions_subscription_id_seq', 1, false)";
    fixture.session().await.execute(behind).await.unwrap();

    let findings = fixture.store.verify().await.unwrap();
    let remedies: Vec<_> = findings
        .iter()
        .filter(|finding| finding.kind == FindingKind::SequenceBehind)
        .filter_map(|finding| finding.location.split_once("right by "))
        .map(|(_, remedy)| remedy)
        .collect();
    let expected = [
        "SELECT setval('streams_stream_id_seq', 1)",
        "SELECT setval('subscriptions_subscription_id_seq', 1)",
    ];
    assert_eq!(remedies, expected);
    let refused = fixture.append("new", ExpectedVersion::NoStream, 1).await.unwrap_err();
    assert!(
        refused.to_string().contains(r"setval('streams_stream_id_seq'"),
        "{refused}"
    );
    let refused = fixture
        .store
        .find_or_create_subscription(&key("t"), 0.into())
        .await
        .unwrap_err();
    assert!(
        refused
            .to_string()
            .contains(r"setval('subscriptions_subscription_id_seq'"),
        "{refused}"
    );

    for remedy in remedies {
        fixture
            .session()
            .await
            .execute(sqlx::AssertSqlSafe(remedy.to_owned()))
            .await
            .unwrap();
    }
    assert_eq!(fixture.store.verify().await.unwrap(), []);
    fixture.append("new", ExpectedVersion::NoStream, 1).await.unwrap();
}

/// `pg_restore --data-only` fails on the rows that `init` has made, and goes on with other tables.
async fn data_that_was_restored_into_an_initialized_store_is_found(layout: Layout) {
    let lost = match layout {
        Layout::Original => {
            "DELETE FROM stream_events; UPDATE streams SET stream_version = 0; DELETE FROM streams WHERE stream_id > 0"
        }
        _ => "UPDATE streams SET stream_version = 0; DELETE FROM streams WHERE stream_id > 0",
    };
    let found = found_after(layout, lost).await;
    let told = found.iter().find(|(kind, _, _)| *kind == FindingKind::LogMissing);
    let (_, severity, location) = told.unwrap();
    assert_eq!(*severity, Severity::Corruption);
    assert!(
        location.contains("drop the store, then restore its tables together with their data"),
        "{location}"
    );
}
