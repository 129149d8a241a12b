use serde_json::json;

use crate::kind::Kind;
use crate::program::{Program, run_alone};

on_each_backend![
    a_store_is_dropped_once_and_only_if_that_is_confirmed,
    a_store_is_emptied_only_if_that_is_confirmed,
];

async fn a_store_is_dropped_once_and_only_if_that_is_confirmed(kind: Kind) {
    let program = Program::start(kind).await;
    program.append_numbered("s", 1);
    program.run(&["drop"]).assert_refused(2, "--yes");
    assert_eq!(program.run(&["read", "s"]).json_lines().len(), 1);
    program.run(&["--quiet", "drop", "--yes"]).assert_done();
    let outcome = program.run(&["drop", "--yes"]);
    assert_eq!(outcome.status, Some(0));
    assert!(outcome.stderr.contains("nothing was changed"), "{outcome:?}");
    program
        .run(&["read", "s"])
        .assert_refused(1, "; run `eventstore init`\n");
}

/// Behaviours: T27, T40.
#[tokio::test]
async fn what_others_have_in_the_database_is_not_dropped_along() {
    let program = Program::start(Kind::COMPACT).await;
    program.execute("CREATE TABLE orders ()").await;
    let outcome = program.run(&["--quiet", "drop", "--yes", "--database"]);
    outcome.assert_refused(2, "orders");
    program.execute("SELECT FROM orders").await;
}

#[tokio::test]
async fn a_database_is_dropped_with_its_store() {
    let program = Program::start_without_store(Kind::COMPACT).await;
    let url = format!("{}_dropped", program.url());
    let run = |arguments: &[&str]| run_alone(&[&["--url", &url, "--quiet"], arguments].concat());
    run(&["create"]).assert_done();
    run(&["init"]).assert_done();
    run(&["drop", "--yes", "--database"]).assert_done();
    run(&["drop", "--yes", "--database"]).assert_done();
    run(&["read", "$all"]).assert_refused(1, "; run `eventstore create`\n");
}

async fn a_store_is_emptied_only_if_that_is_confirmed(kind: Kind) {
    let program = Program::start(kind).await;
    program.append_numbered("s", 2);
    program.run(&["reset"]).assert_refused(2, "--yes");
    program.run(&["--quiet", "reset", "--yes"]).assert_done();
    program.assert_nothing_is_stored();
}

/// Behaviours: R11.9.
#[tokio::test]
async fn pending_migrations_are_listed_and_carried_out_once() {
    let program = Program::start_without_store(Kind::COMPACT).await;
    program.run(&["--quiet", "init", "--layout", "original"]).assert_done();
    program
        .execute("DROP TABLE eventstore_schema; DELETE FROM schema_migrations; INSERT INTO schema_migrations VALUES (1, 3, 0)")
        .await;
    program
        .run(&["read", "$all"])
        .assert_refused(1, "; run `eventstore migrate`\n");

    let outcome = program.run(&["migrations"]);
    assert_eq!(outcome.status, Some(1), "{outcome:?}");
    assert!(outcome.stderr.contains("; run `eventstore migrate`"), "{outcome:?}");
    let states: Vec<_> = outcome
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|line| (line["version"].clone(), line["state"].clone()))
        .collect();
    let expected = [
        ("1.3.0", "completed"),
        ("1.3.2", "pending"),
        ("eventstore 2", "pending"),
    ];
    assert_eq!(states, expected.map(|(version, state)| (json!(version), json!(state))));

    let outcome = program.run(&["migrate"]);
    assert_eq!((outcome.status, &*outcome.stdout), (Some(0), ""));
    assert!(outcome.stderr.ends_with("migrations carried out: 2\n"), "{outcome:?}");
    assert!(program.run(&["migrate"]).stderr.contains("nothing was changed"));
    program.run(&["migrate", "--quiet"]).assert_done();

    let outcome = program.run(&["migrations", "--format", "table"]);
    outcome.assert_done();
    assert_eq!(outcome.stdout.lines().count(), 4, "{outcome:?}");
    assert!(outcome.stdout.starts_with("VERSION "), "{outcome:?}");
}
