use serde_json::{Value, json};

use crate::kind::Kind;
use crate::program::Program;

#[tokio::test]
async fn the_indexes_are_created_listed_and_dropped() {
    for (kind, names) in [
        (Kind::COMPACT, &["correlation", "causation"][..]),
        (Kind::ORIGINAL, &["correlation", "causation"]),
        (Kind::Sqlite, &["causation"]),
    ] {
        let program = Program::start(kind).await;
        for name in names {
            is_created_listed_and_dropped(&program, name);
        }
        program
            .run(&["index", "create", "other"])
            .assert_refused(2, "correlation");
    }
}

fn is_created_listed_and_dropped(program: &Program, name: &str) {
    let states = || -> Vec<(Value, Value)> {
        let rows = program.run(&["index", "list"]).json_lines();
        rows.iter()
            .map(|row| (row["index"].clone(), row["state"].clone()))
            .collect()
    };
    let before = states();
    assert!(before.contains(&(json!(name), json!("absent"))), "{before:?}");
    program.run(&["--quiet", "index", "create", name]).assert_done();
    let created = states();
    assert!(created.contains(&(json!(name), json!("valid"))), "{created:?}");
    let again = program.run(&["index", "create", name]);
    assert!(again.stderr.contains("existed already"), "{again:?}");
    program.run(&["index", "drop", name]).assert_refused(2, "--yes");
    program.run(&["--quiet", "index", "drop", name, "--yes"]).assert_done();
    assert_eq!(states(), before);
}
