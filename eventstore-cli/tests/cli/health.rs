use serde_json::json;

use crate::kind::Kind;
use crate::program::{Program, run_alone};

#[tokio::test]
async fn a_store_that_is_well_says_so_check_by_check() {
    let program = Program::start(Kind::COMPACT).await;
    program.append_numbered("s", 3);
    let lines = program.run(&["health"]).json_lines();
    let names: Vec<_> = lines.iter().map(|line| line["check"].as_str().unwrap()).collect();
    let expected = [
        "reachable",
        "version",
        "writable",
        "listener",
        "head",
        "lag",
        "parked",
        "bytes_on_disk",
        "connections",
        "connection_limit",
        "commits",
        "rows_read",
        "rows_appended",
    ];
    assert_eq!(names, expected);
    assert!(lines.iter().all(|line| line["ok"] == json!(true)), "{lines:?}");
    assert_eq!(lines[4]["detail"], json!("3"));
}

#[tokio::test]
async fn a_store_that_takes_no_changes_is_not_well_and_a_subscription_to_it_ends() {
    let program = Program::start(Kind::COMPACT).await;
    program.append_numbered("s", 1);
    let name = program.url().rsplit('/').next().unwrap();
    program
        .execute(&format!(
            "ALTER DATABASE \"{name}\" SET default_transaction_read_only = on"
        ))
        .await;
    let outcome = program.run(&["health"]);
    assert_eq!(outcome.status, Some(1), "{outcome:?}");
    assert!(
        outcome.stderr.contains("writable: the server takes no changes"),
        "{outcome:?}"
    );
    let mut command = program.command(&["subscribe", "n", "--exit-when-caught-up"]);
    let output = command.env("EVENTSTORE_CONNECT_TIMEOUT", "2s").output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(
        stderr.contains("takes no changes") || stderr.contains("read-only"),
        "{stderr}"
    );
}

#[test]
fn a_store_that_cannot_be_reached_is_not_well() {
    let outcome = run_alone(&["--url", "postgres://nobody@127.0.0.1:1/none", "health"]);
    assert_eq!(outcome.status, Some(1), "{outcome:?}");
    let line: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!((&line["check"], &line["ok"]), (&json!("reachable"), &json!(false)));
    run_alone(&["health"]).assert_refused(2, "--url");
}
