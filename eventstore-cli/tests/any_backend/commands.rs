use std::io::Write;

use serde_json::json;
use tempfile::NamedTempFile;

use crate::in_memory::{append, lines, run};

#[tokio::test]
async fn a_store_is_exported_and_imported_into_another_one() {
    append("source", "a", 3).await;
    append("source", "b", 2).await;
    let id = lines("source", &["read", "b"]).await[0]["event_id"].clone();
    lines("source", &["link", "a", id.as_str().unwrap()]).await;
    let subscribe = ["subscribe", "n", "--stream", "a", "--exit-when-caught-up"];
    assert_eq!(lines("source", &subscribe).await.len(), 4);
    let (export, outcome) = run("source", &["export"]).await;
    outcome.unwrap();

    let mut file = NamedTempFile::new().unwrap();
    file.write_all(export.as_bytes()).unwrap();
    let import = ["import", file.path().to_str().unwrap()];
    let summary = &lines("target", &import).await[0];
    assert_eq!(
        (&summary["events"], &summary["links"], &summary["subscriptions"]),
        (&json!(5), &json!(1), &json!(1))
    );
    let again = &lines("target", &import).await[0];
    assert_eq!((&again["events"], &again["skipped"]), (&json!(0), &json!(7)));
    let (copy, _) = run("target", &["export"]).await;
    assert_eq!(copy.lines().count(), export.lines().count());
    assert_eq!(lines("target", &subscribe).await.len(), 0);
    assert_eq!(lines("target", &["verify"]).await.len(), 0);
}

#[tokio::test]
async fn the_health_of_any_store_is_told() {
    append("well", "a", 2).await;
    let checks = lines("well", &["health"]).await;
    let names: Vec<_> = checks.iter().map(|check| check["check"].as_str().unwrap()).collect();
    assert_eq!(names, ["reachable", "head", "lag", "parked"]);
}

#[tokio::test]
async fn a_failure_has_its_status_and_its_message() {
    let (_, outcome) = run("failing", &["read", "absent"]).await;
    let failure = outcome.unwrap_err();
    assert_eq!(failure.status(), 4);
    assert!(failure.message().unwrap().contains("does not exist"));
    let (_, outcome) = run("failing", &["init"]).await;
    assert_eq!(outcome.unwrap_err().status(), 2);
}

#[tokio::test]
async fn a_command_that_only_other_stores_have_is_not_offered() {
    let (manual, outcome) = run("manual", &["man"]).await;
    outcome.unwrap();
    assert!(manual.contains("in\\-memory") && manual.contains("verify"), "{manual}");
    assert!(!manual.contains("migrate"), "{manual}");
}
