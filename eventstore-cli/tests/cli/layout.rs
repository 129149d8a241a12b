use std::time::Duration;

use serde_json::{Value, json};
use sqlx::{Connection, Executor, PgConnection};
use tokio::task::yield_now;
use tokio::time::timeout;

use crate::kind::Kind;
use crate::program::Program;

const MIGRATE: [&str; 3] = ["migrate", "--layout", "compact"];

/// A store of the layout original with events, a link, a deleted stream and a subscription in the middle.
async fn filled() -> Program {
    let program = Program::start(Kind::ORIGINAL).await;
    program.append_numbered("gone", 2);
    program.append_numbered("s", 5);
    let first = &program.run(&["read", "s", "--count", "1"]).json_lines()[0];
    let link = program.run(&["--quiet", "link", "links", first["event_id"].as_str().unwrap()]);
    assert_eq!(link.json_lines().len(), 1);
    program
        .run(&["--quiet", "delete", "gone", "--hard", "--yes", "--enable-hard-deletes"])
        .assert_done();
    program.run(&["--quiet", "subscribe", "n", "--exit-when-caught-up"]);
    program
        .run(&["--quiet", "subscriptions", "set", "n", "4"])
        .assert_done();
    program
}

fn contents(program: &Program) -> Vec<Vec<Value>> {
    let commands: [&[&str]; 4] = [&["read", "$all"], &["read", "links"], &["streams"], &["subscriptions"]];
    commands.map(|command| program.run(command).json_lines()).into()
}

#[tokio::test]
async fn a_store_is_moved_to_the_compact_layout_once() {
    let program = filled().await;
    let before = contents(&program);
    let outcome = program.run(&MIGRATE);
    assert_eq!(outcome.status, Some(0), "{outcome:?}");
    let row: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(
        row,
        json!({"layout": "compact", "events": 5, "links": 1, "left_out": 0, "notices": 1})
    );
    assert!(outcome.stderr.contains("are locked until it is done"), "{outcome:?}");
    assert_eq!(contents(&program), before);
    program.run(&["--quiet", "init", "--layout", "compact"]).assert_done();
    assert_eq!(program.run(&["--quiet", "verify"]).json_lines().len(), 1);
    assert_eq!(
        program.data(&["--quiet", "subscribe", "n", "--exit-when-caught-up"]),
        [3, 4, 5]
    );

    let outcome = program.run(&MIGRATE);
    assert_eq!((outcome.status, &*outcome.stdout), (Some(0), ""), "{outcome:?}");
    assert!(
        outcome.stderr.contains("layout compact already; nothing was changed"),
        "{outcome:?}"
    );
    program.execute("SELECT FROM eventstore_original_events").await;
    let drop_original = [&MIGRATE[..], &["--drop-original"]].concat();
    let outcome = program.run(&drop_original);
    assert!(
        outcome.stderr.ends_with("the original tables were dropped\n"),
        "{outcome:?}"
    );
    let outcome = program.run(&drop_original);
    assert!(
        outcome.stderr.ends_with("no original tables; nothing was changed\n"),
        "{outcome:?}"
    );
    assert_eq!(outcome.status, Some(0));
}

#[tokio::test]
async fn what_cannot_be_moved_is_refused() {
    let program = Program::start_without_store(Kind::ORIGINAL).await;
    program.run(&MIGRATE).assert_refused(1, "; run `eventstore init`\n");
    program
        .run(&["migrate", "--layout", "original"])
        .assert_refused(2, "compact");
    program
        .run(&["migrate", "--drop-original"])
        .assert_refused(2, "--layout");
    program.run(&["--quiet", "init", "--layout", "original"]).assert_done();
    program
        .execute("CREATE VIEW types AS SELECT event_type FROM events")
        .await;
    let quiet = [&["--quiet"], &MIGRATE[..]].concat();
    program.run(&quiet).assert_refused(2, "types depends on");
}

/// Waits until the program has come to its last step, which waits for a reader.
async fn until_it_waits(program: &Program) {
    let mut session = PgConnection::connect(program.url()).await.unwrap();
    let waits = "SELECT EXISTS (
        SELECT FROM pg_stat_activity
        WHERE datname = current_database() AND application_name LIKE '% layout' AND wait_event_type = 'Lock'
    )";
    while !sqlx::query_scalar::<_, bool>(waits)
        .fetch_one(&mut session)
        .await
        .unwrap()
    {
        yield_now().await;
    }
}

#[tokio::test]
async fn a_move_that_was_killed_leaves_the_store_as_it_was_and_is_begun_again() {
    let program = filled().await;
    let before = contents(&program);
    let mut reader = PgConnection::connect(program.url()).await.unwrap();
    reader.execute("BEGIN; SELECT FROM stream_events").await.unwrap();
    let mut child = program.spawn(&MIGRATE);
    timeout(Duration::from_secs(30), until_it_waits(&program))
        .await
        .unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    // The server learns that its client is gone when it has no lock to wait for.
    reader.execute("COMMIT").await.unwrap();
    assert_eq!(contents(&program), before);
    let abandon = ["migrate", "--abandon"];
    let outcome = program.run(&abandon);
    assert!(outcome.stderr.contains("the copies were removed"), "{outcome:?}");
    assert_eq!(contents(&program), before);
    let outcome = program.run(&abandon);
    assert!(outcome.stderr.contains("nothing was changed"), "{outcome:?}");
    assert_eq!(outcome.status, Some(0));
    program.append_numbered("s", 1);
    let outcome = program.run(&MIGRATE);
    let row: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(row["events"], json!(6), "{outcome:?}");
    assert_eq!(contents(&program)[0].len(), 6);
    program.run(&abandon).assert_refused(2, "has the layout compact");
}
