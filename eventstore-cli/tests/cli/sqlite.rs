//! What is peculiar to a store in a file.

use std::fs;
use std::path::PathBuf;

use serde_json::json;
use tempfile::TempDir;

use crate::kind::Kind;
use crate::program::{Program, run_alone};

/// A folder for stores, and how the program is run on the file of this name in it.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, name: &str, arguments: &[&str]) -> crate::outcome::Outcome {
        let url = format!("sqlite:{}", self.path(name).display());
        run_alone(&[&["--url", &url], arguments].concat())
    }

    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

#[test]
fn a_file_is_created_once_and_a_store_in_it() {
    let folder = Folder::new();
    let created = folder.run("events.db", &["create"]);
    assert!(
        created.stderr.contains("was created") && created.stderr.contains("eventstore init"),
        "{created:?}"
    );
    assert!(folder.run("events.db", &["create"]).stderr.contains("existed already"));
    folder
        .run("events.db", &["read", "$all"])
        .assert_refused(1, "; run `eventstore init`\n");
    let made = folder.run("events.db", &["init"]);
    assert_eq!(made.stderr, "eventstore: the event store was initialized\n");
    assert!(
        folder
            .run("events.db", &["init"])
            .stderr
            .contains("nothing was changed")
    );
    // Without a file, too.
    folder.run("others.db", &["--quiet", "init"]).assert_done();
    assert_eq!(folder.files(), ["events.db", "others.db"]);
}

#[test]
fn a_folder_that_does_not_exist_is_told_and_not_created() {
    let folder = Folder::new();
    for command in [&["create"][..], &["init"]] {
        folder
            .run("absent/events.db", command)
            .assert_refused(1, "there is no folder");
    }
    assert_eq!(folder.files(), [""; 0]);
}

#[test]
fn every_command_tells_that_there_is_no_store() {
    let folder = Folder::new();
    for command in [
        &["append", "s", "--type", "T", "--data", "1"][..],
        &["read", "$all"],
        &["event", "00000000-0000-0000-0000-000000000001"],
        &["link", "s", "00000000-0000-0000-0000-000000000001"],
        &["delete", "s"],
        &["undelete", "s"],
        &["streams"],
        &["info", "s"],
        &["subscribe", "n"],
        &["tail"],
        &["subscriptions"],
        &["parked", "list", "n"],
        &["snapshot", "get", "s"],
        &["export"],
        &["import", "-"],
        &["verify"],
        &["migrate"],
        &["migrations"],
        &["reset", "--yes"],
        &["backup", "/nowhere/copy.db"],
    ] {
        folder
            .run("events.db", command)
            .assert_refused(1, "; run `eventstore init`\n");
    }
    let health = folder.run("events.db", &["health"]);
    assert_eq!(health.status, Some(1), "{health:?}");
    assert_eq!(folder.files(), [""; 0]);
}

#[tokio::test]
async fn no_log_stays_beside_the_file_after_a_command() {
    let folder = Folder::new();
    folder.run("events.db", &["--quiet", "init"]).assert_done();
    for command in [
        &["append", "s", "--type", "T", "--data", "1"][..],
        &["subscribe", "n", "--exit-when-caught-up"],
        &["verify", "--quiet"],
        &["health"],
    ] {
        folder.run("events.db", command).assert_done();
        assert_eq!(folder.files(), ["events.db"], "{command:?}");
    }
    folder
        .run(
            "events.db",
            &["append", "s", "--type", "T", "--data", "1", "--expected", "7"],
        )
        .assert_refused(3, "version 1");
    assert_eq!(folder.files(), ["events.db"]);
}

#[tokio::test]
async fn the_file_is_removed_with_its_store() {
    let program = Program::start(Kind::Sqlite).await;
    let path = program.url().strip_prefix("sqlite:").unwrap().to_owned();
    program
        .run(&["drop"])
        .assert_refused(2, "the file with all that is in it");
    for database in [&[][..], &["--database"]] {
        program.append_numbered("s", 1);
        program
            .run(&[&["--quiet", "drop", "--yes"], database].concat())
            .assert_done();
        for suffix in ["", "-wal", "-shm"] {
            assert!(!fs::exists(format!("{path}{suffix}")).unwrap());
        }
        program.run(&["--quiet", "init"]).assert_done();
    }
}

#[tokio::test]
async fn a_file_that_is_in_use_is_not_removed() {
    let program = Program::start(Kind::Sqlite).await;
    program.append_numbered("s", 1);
    let store = program.connect().await;
    program.run(&["drop", "--yes"]).assert_refused(1, "open elsewhere");
    drop(store);
    assert_eq!(program.data(&["read", "s"]), [1]);
}

#[tokio::test]
async fn what_is_no_store_is_refused_and_left_as_it_is() {
    let folder = Folder::new();
    fs::write(
        folder.path("notes.txt"),
        "Not a database, but a text that is longer than its header is.\n".repeat(20),
    )
    .unwrap();
    for command in [
        &["init"][..],
        &["read", "$all"],
        &["drop", "--yes"],
        &["reset", "--yes"],
        &["verify"],
    ] {
        folder.run("notes.txt", command).assert_refused(1, "not a database");
    }
    assert!(
        fs::read_to_string(folder.path("notes.txt"))
            .unwrap()
            .starts_with("Not a database")
    );
    assert_eq!(folder.files(), ["notes.txt"]);
}

#[tokio::test]
async fn what_only_a_store_on_postgresql_has_is_refused_in_words() {
    let program = Program::start(Kind::Sqlite).await;
    for command in [
        &["init", "--layout", "compact"][..],
        &["init", "--data-type", "jsonb"],
        &["migrate", "--layout", "compact"],
        &["migrate", "--abandon"],
        &["index", "create", "correlation"],
        &["index", "drop", "correlation", "--yes"],
        &["--schema", "other", "read", "$all"],
    ] {
        program.run(command).assert_refused(2, "PostgreSQL");
    }
    run_alone(&["--url", "sqlite::memory:", "init"]).assert_refused(2, "sqlite:PATH");
}

#[tokio::test]
async fn the_tables_are_up_to_date() {
    let program = Program::start(Kind::Sqlite).await;
    let migrations = program.run(&["migrations"]).json_lines();
    assert_eq!(migrations.len(), 1);
    assert_eq!(migrations[0]["state"], json!("completed"));
    assert!(program.run(&["migrate"]).stderr.contains("nothing was changed"));
}

#[tokio::test]
async fn a_store_is_copied_while_it_is_in_use() {
    let program = Program::start(Kind::Sqlite).await;
    program.append_numbered("s", 300);
    // Holds the file open, with a log beside it.
    let store = program.connect().await;
    let folder = Folder::new();
    let copy = folder.path("copy.db");
    let back_up = ["backup", copy.to_str().unwrap()];
    let outcome = program.run(&back_up);
    assert_eq!(outcome.status, Some(0), "{outcome:?}");
    assert!(outcome.stderr.contains("copy.db"), "{outcome:?}");
    program.append_numbered("s", 1);
    program.run(&back_up).assert_refused(2, "exists");
    store.close().await;

    assert_eq!(folder.files(), ["copy.db"]);
    assert_eq!(folder.run("copy.db", &["read", "s"]).json_lines().len(), 300);
    folder.run("copy.db", &["--quiet", "verify"]).assert_done();
}

#[test]
fn a_store_on_postgresql_is_not_copied_to_a_file() {
    let back_up = [
        "--url",
        "postgres://nobody@127.0.0.1:1/none",
        "backup",
        "/nowhere/copy.db",
    ];
    run_alone(&back_up).assert_refused(2, "pg_dump");
}

#[tokio::test]
async fn a_damaged_file_is_told_before_what_it_holds_is_compared() {
    let folder = Folder::new();
    folder.run("events.db", &["--quiet", "init"]).assert_done();
    let data = format!("\"{}\"", "x".repeat(20_000));
    for _ in 0..20 {
        folder
            .run("events.db", &["append", "s", "--type", "T", "--data", &data])
            .assert_done();
    }
    let mut bytes = fs::read(folder.path("events.db")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 9_000].fill(0xa5);
    fs::write(folder.path("events.db"), bytes).unwrap();
    let outcome = folder.run("events.db", &["verify"]);
    assert_eq!(outcome.status, Some(1), "{outcome:?}");
    assert!(outcome.stdout.contains("\"kind\":\"damaged_file\""), "{outcome:?}");
    assert!(outcome.stderr.contains("damaged"), "{outcome:?}");
}

#[tokio::test]
async fn a_store_that_is_well_says_so_check_by_check() {
    let program = Program::start(Kind::Sqlite).await;
    program.append_numbered("s", 3);
    let lines = program.run(&["health"]).json_lines();
    let checks: Vec<_> = lines
        .iter()
        .map(|line| (line["check"].as_str().unwrap(), line["ok"].clone()))
        .collect();
    let expected =
        ["reachable", "writable", "head", "lag", "parked", "bytes_on_disk"].map(|check| (check, json!(true)));
    assert_eq!(checks, expected);
}
