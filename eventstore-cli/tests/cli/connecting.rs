use eventstore_testkit::server::{Durability, LocalServer};

use crate::kind::Kind;
use crate::outcome::Outcome;
use crate::program::{Program, command, run_alone};

/// What follows no rule of a password, so that it is found wherever it is printed.
const SECRET: &str = "s3cr3t-w0rd";

const COMMANDS: [&[&str]; 19] = [
    &["create"],
    &["drop", "--yes"],
    &["init"],
    &["migrate"],
    &["migrations"],
    &["reset", "--yes"],
    &["append", "s", "--type", "T", "--data", "1"],
    &["read", "$all"],
    &["link", "s", "00000000-0000-0000-0000-000000000001"],
    &["delete", "s"],
    &["streams"],
    &["info", "s"],
    &["subscribe", "n"],
    &["tail"],
    &["subscriptions"],
    &["snapshot", "get", "s"],
    &["export"],
    &["import", "-"],
    &["verify"],
];

fn run_each(url: &str, status: i32, why: &str) {
    for arguments in COMMANDS {
        let outcome = run_alone(&[&["--url", url], arguments].concat());
        outcome.assert_refused(status, why);
        assert!(!outcome.stderr.contains(SECRET), "{outcome:?}");
        assert!(!outcome.stderr.contains(url), "{outcome:?}");
    }
}

#[test]
fn a_missing_url_is_a_usage_error() {
    for arguments in COMMANDS {
        run_alone(arguments).assert_refused(2, "--url");
        let outcome = command().env("EVENTSTORE_URL", "").args(arguments).output().unwrap();
        Outcome::from(outcome).assert_refused(2, "EVENTSTORE_URL");
    }
}

#[test]
fn an_unknown_scheme_is_a_usage_error_that_does_not_repeat_the_url() {
    run_each(&format!("mysql://user:{SECRET}@localhost/d"), 2, "--url");
    run_each(&format!("user:{SECRET}@localhost"), 2, "--url");
}

#[test]
fn a_url_that_cannot_be_read_is_not_repeated() {
    run_each(&format!("postgres://user:{SECRET}@localhost:port/d"), 2, "url");
}

#[test]
fn a_pooler_without_a_way_round_it_is_a_usage_error() {
    let url = format!("postgres://user:{SECRET}@127.0.0.1:1/d?transaction_pooling=true");
    run_each(&url, 2, "session_url");
}

#[test]
fn a_url_in_the_wrong_place_is_not_repeated() {
    let url = format!("postgres://user:{SECRET}@localhost/d");
    let outcome = run_alone(&["verify", &url]);
    outcome.assert_refused(2, "unexpected argument");
    assert!(!outcome.stderr.contains(SECRET), "{outcome:?}");
}

#[test]
fn the_help_does_not_show_the_url_of_the_environment() {
    let url = format!("postgres://user:{SECRET}@localhost/d");
    let output = command().env("EVENTSTORE_URL", url).arg("--help").output().unwrap();
    let outcome = Outcome::from(output);
    outcome.assert_done();
    assert!(!outcome.stdout.contains(SECRET), "{outcome:?}");
}

#[test]
fn an_unreachable_server_fails() {
    run_each(&format!("postgres://user:{SECRET}@127.0.0.1:1/d"), 1, "127.0.0.1:1");
}

#[test]
fn a_wrong_password_fails_and_is_not_printed() {
    // A server that another user started might trust every user.
    let server = LocalServer::start(Durability::Relaxed).unwrap();
    let (_, server) = server.url().rsplit_once('@').unwrap();
    run_each(&format!("postgres://postgres:{SECRET}@{server}"), 1, "access denied");
}

#[tokio::test]
async fn an_unknown_user_is_told_once() {
    let program = Program::start_without_store(Kind::COMPACT).await;
    let (_, server) = program.url().rsplit_once('@').unwrap();
    let outcome = run_alone(&["--url", &format!("postgres://nobody_of_this_name@{server}"), "verify"]);
    outcome.assert_refused(1, "access denied");
    assert_eq!(outcome.stderr.matches("nobody_of_this_name").count(), 1, "{outcome:?}");
    assert!(!outcome.stderr.contains("at line"), "{outcome:?}");
}

#[tokio::test]
async fn a_database_that_does_not_exist_fails_with_the_remedy() {
    let program = Program::start_without_store(Kind::COMPACT).await;
    let url = format!("{}_missing", program.url());
    run_alone(&["--url", &url, "read", "$all"]).assert_refused(1, "; run `eventstore create`\n");
}

#[tokio::test]
async fn a_schema_without_a_store_fails_with_the_remedy() {
    let program = Program::start_without_store(Kind::COMPACT).await;
    for arguments in &COMMANDS[3..] {
        let outcome = program.run(&[&["--schema", "empty"], *arguments].concat());
        outcome.assert_refused(1, "; run `eventstore init`\n");
    }
}

#[test]
fn an_impossible_schema_is_a_usage_error() {
    let name = "x".repeat(100);
    run_alone(&["--schema", &name, "verify"]).assert_refused(2, "schema");
    run_alone(&["--schema", "", "verify"]).assert_refused(2, "schema");
}

#[test]
fn an_unknown_command_or_option_is_a_usage_error() {
    run_alone(&["revert"]).assert_refused(2, "revert");
    run_alone(&["read", "s", "--sideways"]).assert_refused(2, "--sideways");
    run_alone(&["--format", "xml", "verify"]).assert_refused(2, "jsonl");
}

#[test]
fn the_version_and_the_help_are_no_errors() {
    let outcome = run_alone(&["--version"]);
    outcome.assert_done();
    assert!(outcome.stdout.starts_with("eventstore "), "{outcome:?}");
    run_alone(&["append", "--help"]).assert_done();
}
