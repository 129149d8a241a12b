//! `verify` is silent about a sound store and finds what was done to an unsound one.

use crate::support::Fixture;
use eventstore_core::ExpectedVersion;
use eventstore_postgres::{FindingKind, Severity};
use sqlx::Executor;

/// What `verify` finds after this was done to a store of two streams with three events each, by turns.
async fn found_after(damage: &'static str) -> Vec<(FindingKind, Severity, String)> {
    let fixture = Fixture::new().await;
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
    let findings = fixture.store.verify().await.unwrap();
    findings
        .into_iter()
        .map(|finding| (finding.kind, finding.severity, finding.location))
        .collect()
}

#[tokio::test]
async fn a_sound_store_has_no_findings() {
    assert_eq!(found_after("").await, []);
}

#[tokio::test]
async fn a_hard_deleted_stream_is_a_notice() {
    let found = found_after("DELETE FROM events WHERE stream_id = 1; DELETE FROM streams WHERE stream_id = 1").await;
    assert_eq!(found.len(), 3);
    assert!(
        found
            .iter()
            .all(|(kind, severity, _)| *kind == FindingKind::PositionGap && *severity == Severity::Notice)
    );
}

#[tokio::test]
async fn a_missing_event_is_corruption() {
    let found = found_after("DELETE FROM events WHERE position = 3").await;
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

#[tokio::test]
async fn every_other_damage_is_named() {
    use FindingKind::{CheckpointBeyondHead, MissingEvents, Orphan, OutOfOrder, PositionBeyondHead, VersionBeyondHead};
    for (damage, kind) in [
        ("DELETE FROM streams WHERE stream_id = 1", Orphan),
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
        (
            "UPDATE events SET stream_version = 4 - stream_version + 10 WHERE stream_id = 1;
          UPDATE events SET stream_version = stream_version - 10 WHERE stream_id = 1",
            OutOfOrder,
        ),
        (
            "INSERT INTO subscriptions (stream_uuid, subscription_name, last_seen) VALUES ('$all', 's', 7)",
            CheckpointBeyondHead,
        ),
    ] {
        let kinds: Vec<_> = found_after(damage).await.into_iter().map(|(kind, _, _)| kind).collect();
        assert!(kinds.contains(&kind), "{damage}: {kinds:?}");
    }
}

#[tokio::test]
async fn a_missing_end_is_found() {
    let found = found_after("DELETE FROM events WHERE position = 6").await;
    let kinds: Vec<_> = found.iter().map(|(kind, _, _)| *kind).collect();
    assert_eq!(kinds, [FindingKind::PositionGap, FindingKind::MissingEvents]);
}
