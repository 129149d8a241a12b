use serde_json::json;

use crate::kind::Kind;
use crate::program::Program;

on_each_backend![
    a_snapshot_is_recorded_printed_and_deleted,
    a_later_snapshot_is_replaced_only_by_force,
];

fn put<'a>(version: &'a str, data: &'a str) -> Vec<&'a str> {
    [
        "--quiet",
        "snapshot",
        "put",
        "s",
        "--version",
        version,
        "--type",
        "Total",
        "--data",
        data,
    ]
    .to_vec()
}

async fn a_snapshot_is_recorded_printed_and_deleted(kind: Kind) {
    let program = Program::start(kind).await;
    program.run(&["snapshot", "get", "s"]).assert_refused(4, "no snapshot");
    let with_metadata = [&put("3", r#"{"n":1}"#)[..], &["--metadata", "[7]"]].concat();
    program.run(&with_metadata).assert_done();
    let snapshot = &program.run(&["snapshot", "get", "s"]).json_lines()[0];
    let kept = ["source", "version", "type", "data", "metadata"].map(|key| snapshot[key].clone());
    assert_eq!(
        kept,
        [json!("s"), json!(3), json!("Total"), json!({"n": 1}), json!([7])]
    );
    let outcome = program.run(&["snapshot", "get", "s", "--format", "table"]);
    assert!(outcome.stdout.starts_with("SOURCE "), "{outcome:?}");
    for _ in 0..2 {
        program.run(&["--quiet", "snapshot", "delete", "s"]).assert_done();
    }
    program.run(&["snapshot", "get", "s"]).assert_refused(4, "no snapshot");
}

async fn a_later_snapshot_is_replaced_only_by_force(kind: Kind) {
    let program = Program::start(kind).await;
    program.run(&put("3", "3")).assert_done();
    program.run(&put("2", "2")).assert_refused(3, "later version 3");
    let forced = [&put("2", "2")[..], &["--force"]].concat();
    program.run(&forced).assert_done();
    let snapshot = &program.run(&["snapshot", "get", "s"]).json_lines()[0];
    assert_eq!(snapshot["version"], json!(2));
    program.run(&put("-1", "2")).assert_refused(2, "--version");
    program.run(&put("4", "{")).assert_refused(2, "not JSON");
}
