use std::collections::BTreeSet;

use serde_json::Value;

use crate::in_memory::{append, lines, run};

/// Two streams that take turns, and links to events of both.
async fn filled(store: &str) {
    for _ in 0..2 {
        append(store, "a", 1).await;
        append(store, "b", 1).await;
    }
    let events = lines(store, &["read", "$all"]).await;
    let ids: Vec<_> = events.iter().map(|event| event["event_id"].as_str().unwrap()).collect();
    assert_eq!(lines(store, &["link", "links", ids[1], ids[0]]).await.len(), 1);
}

/// The kinds of what a check finds, and the status of the program.
async fn found(store: &str, damage: &[&str]) -> (BTreeSet<String>, u8) {
    let (printed, outcome) = run(store, &[&["verify"], damage].concat()).await;
    let kind = |line: &str| {
        serde_json::from_str::<Value>(line).unwrap()["kind"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    (
        printed.lines().map(kind).collect(),
        outcome.map_or_else(|failure| failure.status(), |()| 0),
    )
}

#[tokio::test]
async fn an_intact_store_has_no_findings() {
    filled("intact").await;
    assert_eq!(found("intact", &[]).await, (BTreeSet::new(), 0));
    let (printed, outcome) = run("intact", &["verify", "--format", "table"]).await;
    outcome.unwrap();
    assert_eq!(printed, "the event store is sound\n");
}

#[tokio::test]
async fn what_a_hard_delete_explains_is_a_notice() {
    filled("deleted").await;
    lines("deleted", &["delete", "b", "--hard", "--yes", "--enable-hard-deletes"]).await;
    let kinds = ["link_gap", "position_gap"].map(str::to_owned);
    assert_eq!(found("deleted", &[]).await, (kinds.into(), 0));
}

#[tokio::test]
async fn each_damage_is_found() {
    filled("damaged").await;
    for (damage, kind) in [
        ("loses-position", "misplaced_event"),
        ("loses-version", "version_gap"),
        ("loses-version", "missing_events"),
        ("repeats-version", "out_of_order"),
        ("repeats-id", "repeated_event"),
        ("breaks-links", "broken_link"),
        ("loses-streams", "orphan"),
        ("forgets-versions", "version_beyond_head"),
        ("cannot-read", "unreadable"),
    ] {
        let (kinds, status) = found("damaged", &["--damage", damage]).await;
        assert!(kinds.contains(kind), "{damage}: {kinds:?}");
        assert_eq!(status, 1, "{damage}: {kinds:?}");
    }
}

#[tokio::test]
async fn a_checkpoint_beyond_the_newest_event_is_a_notice() {
    filled("ahead").await;
    let subscribe = ["subscribe", "n", "--exit-when-caught-up"];
    assert_eq!(lines("ahead", &subscribe).await.len(), 4);
    lines("ahead", &["subscriptions", "set", "n", "9", "--force"]).await;
    assert_eq!(
        found("ahead", &[]).await,
        (["checkpoint_beyond_head".to_owned()].into(), 0)
    );
}
