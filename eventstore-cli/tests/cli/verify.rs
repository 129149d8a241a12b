use serde_json::{Value, json};

use crate::kind::Kind;
use crate::program::Program;

on_each_backend![
    an_intact_store_has_no_findings,
    damage_is_told_and_fails,
    a_notice_is_told_and_is_no_failure,
    findings_of_a_kind_are_counted_for_a_person_and_told_to_a_program,
];

async fn an_intact_store_has_no_findings(kind: Kind) {
    let program = Program::start(kind).await;
    program.append_numbered("s", 3);
    let outcome = program.run(&["verify"]);
    assert_eq!((outcome.status, &*outcome.stdout), (Some(0), ""), "{outcome:?}");
    assert_eq!(outcome.stderr, "eventstore: the event store is sound\n");
    program.run(&["--quiet", "verify"]).assert_done();
    let outcome = program.run(&["verify", "--format", "table"]);
    outcome.assert_done();
    assert_eq!(outcome.stdout, "the event store is sound\n");
}

async fn damage_is_told_and_fails(kind: Kind) {
    let program = Program::start(kind).await;
    program.append_numbered("s", 3);
    let (damage, found) = match kind {
        Kind::Sqlite => (
            "UPDATE eventstore_streams SET version = 9 WHERE name = 's'",
            "version_gap",
        ),
        Kind::Postgres { .. } => (
            "UPDATE streams SET stream_version = 9 WHERE stream_uuid = 's'",
            "missing_events",
        ),
    };
    program.execute(damage).await;
    let outcome = program.run(&["verify"]);
    assert_eq!(outcome.status, Some(1), "{outcome:?}");
    assert_eq!(outcome.stdout.lines().count(), 1, "{outcome:?}");
    let finding: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let keys: Vec<_> = finding.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["kind", "severity", "where"]);
    assert_eq!(finding["severity"], json!("corruption"));
    assert_eq!(finding["kind"], json!(found));
    assert!(outcome.stderr.contains("damaged"), "{outcome:?}");
    assert_eq!(outcome.stderr.lines().count(), 1, "{outcome:?}");

    let outcome = program.run(&["verify", "--format", "table", "--details"]);
    assert!(
        outcome.stdout.starts_with(&format!("corruption: {found} at ")),
        "{outcome:?}"
    );
    let outcome = program.run(&["verify", "--format", "table"]);
    assert_eq!(outcome.status, Some(1));
    assert!(outcome.stdout.ends_with("corruptions: 1, notices: 0\n"), "{outcome:?}");
}

async fn a_notice_is_told_and_is_no_failure(kind: Kind) {
    let program = Program::start(kind).await;
    program.append_numbered("s", 1);
    assert_eq!(program.data(&["subscribe", "n", "--exit-when-caught-up"]), [1]);
    program
        .run(&["--quiet", "subscriptions", "set", "n", "7", "--force"])
        .assert_done();
    let lines = program.run(&["--quiet", "verify"]).json_lines();
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["severity"], json!("notice"));
    assert_eq!(lines[0]["kind"], json!("checkpoint_beyond_head"));
    let outcome = program.run(&["verify"]);
    assert_eq!(outcome.stderr, "eventstore: the event store is sound; notices: 1\n");
}

async fn findings_of_a_kind_are_counted_for_a_person_and_told_to_a_program(kind: Kind) {
    let program = Program::start(kind).await;
    for stream in ["a", "b", "c"] {
        program.append_numbered(stream, 1);
        program.append_numbered("s", 1);
        let delete = ["--quiet", "delete", stream, "--hard", "--yes", "--enable-hard-deletes"];
        program.run(&delete).assert_done();
    }
    assert_eq!(program.run(&["--quiet", "verify"]).json_lines().len(), 3);
    let counted = program.run(&["verify", "--format", "table"]);
    counted.assert_done();
    let lines: Vec<_> = counted.stdout.lines().collect();
    assert_eq!(lines.len(), 4, "{counted:?}");
    let row: Vec<_> = lines[1].split_whitespace().take(3).collect();
    assert_eq!(row, ["notice", "position_gap", "3"]);
    let details = program.run(&["verify", "--format", "table", "--details"]);
    assert_eq!(details.stdout.matches("notice: position_gap").count(), 3, "{details:?}");
    // What every store can be asked finds the same.
    let by_reading = program.run(&["--quiet", "verify", "--by-reading"]).json_lines();
    assert_eq!(by_reading.len(), 3);
    assert_eq!(by_reading[0]["kind"], json!("position_gap"));
}
