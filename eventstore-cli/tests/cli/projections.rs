//! What the program shows and changes of managed projections.

use eventstore_core::{BuildChange, BuildNumber, ProjectionName};
use serde_json::{Value, json};

use crate::kind::Kind;
use crate::program::Program;

on_each_backend![
    builds_are_listed_with_their_states,
    the_status_says_how_far_a_build_is,
    a_build_is_rebuilt_paused_resumed_cancelled_and_promoted,
    what_cannot_be_done_is_refused,
];

fn name() -> ProjectionName {
    ProjectionName::new("totals").unwrap()
}

/// A projection whose first build is live.
async fn with_live_build(kind: Kind) -> Program {
    let program = Program::start(kind).await;
    program.append_numbered("s", 4);
    let store = program.connect().await;
    store.begin_build(&name(), 1).await.unwrap();
    store
        .change_build(&name(), BuildNumber::FIRST, &BuildChange::Promote)
        .await
        .unwrap();
    program
}

fn states(program: &Program) -> Vec<(Value, Value)> {
    let lines = program.run(&["projections", "list"]).json_lines();
    lines
        .iter()
        .map(|line| (line["build"].clone(), line["state"].clone()))
        .collect()
}

async fn builds_are_listed_with_their_states(kind: Kind) {
    let program = Program::start(kind).await;
    assert!(program.run(&["projections"]).json_lines().is_empty());
    let program = with_live_build(kind).await;
    let store = program.connect().await;
    store.begin_build(&name(), 2).await.unwrap();
    let failed = BuildChange::Fail {
        number: Some(3_u32.into()),
        message: "no such account".into(),
    };
    let second = BuildNumber::new(2).unwrap();
    store.change_build(&name(), second, &failed).await.unwrap();
    let lines = program.run(&["projections"]).json_lines();
    assert_eq!(
        (&lines[0]["name"], &lines[0]["version"], &lines[0]["state"]),
        (&json!("totals"), &json!(1), &json!("live"))
    );
    assert_eq!(lines[1]["state"], json!("failed"));
    assert_eq!(lines[1]["failure"]["number"], json!(3));
    let table = program.run(&["projections", "--format", "table"]).stdout;
    assert!(table.contains("3: no such account"), "{table}");
}

async fn the_status_says_how_far_a_build_is(kind: Kind) {
    let program = with_live_build(kind).await;
    let store = program.connect().await;
    let live = name().subscription(BuildNumber::FIRST);
    store.find_or_create_subscription(&live, 4_u32.into()).await.unwrap();
    program
        .run(&["--quiet", "projections", "rebuild", "totals"])
        .assert_done();
    let second = name().subscription(BuildNumber::new(2).unwrap());
    store.find_or_create_subscription(&second, 1_u32.into()).await.unwrap();
    let lines = program.run(&["projections", "status", "totals"]).json_lines();
    let far = |line: &Value| (line["position"].clone(), line["target"].clone());
    assert_eq!(
        lines.iter().map(far).collect::<Vec<_>>(),
        [(json!(4), json!(4)), (json!(1), json!(4))]
    );
    assert!(
        lines[1]["seconds_left"].is_u64() && lines[0]["seconds_left"].is_null(),
        "{lines:?}"
    );
    let table = program
        .run(&["projections", "status", "totals", "--format", "table"])
        .stdout;
    assert!(table.contains("25%") && table.contains("100%"), "{table}");
}

async fn a_build_is_rebuilt_paused_resumed_cancelled_and_promoted(kind: Kind) {
    let program = with_live_build(kind).await;
    let run = |action: &str| program.run(&["projections", action, "totals"]);
    assert!(run("rebuild").stderr.contains("build 2 of totals is building"));
    assert!(run("pause").stderr.contains("build 1 of totals is paused"));
    assert_eq!(
        states(&program),
        [(json!(1), json!("paused")), (json!(2), json!("paused"))]
    );
    assert!(run("resume").stderr.contains("build 2 of totals is building"));
    assert!(run("cancel").stderr.contains("build 2 of totals is retired"));
    assert!(run("rebuild").stderr.contains("build 3 of totals is building"));
    // Neither the live build nor this one has projected anything.
    assert!(run("promote").stderr.contains("build 3 of totals is live"));
    assert_eq!(
        states(&program),
        [
            (json!(1), json!("retired")),
            (json!(2), json!("retired")),
            (json!(3), json!("live"))
        ]
    );
}

async fn what_cannot_be_done_is_refused(kind: Kind) {
    let program = with_live_build(kind).await;
    let store = program.connect().await;
    let live = name().subscription(BuildNumber::FIRST);
    store.find_or_create_subscription(&live, 4_u32.into()).await.unwrap();
    for action in ["status", "rebuild", "pause", "resume", "cancel", "promote"] {
        program
            .run(&["projections", action, "unknown"])
            .assert_refused(4, "no projection");
        program
            .run(&["projections", action, "Not a name"])
            .assert_refused(2, "the name holds 'N'");
    }
    program
        .run(&["projections", "promote", "totals"])
        .assert_refused(4, "no such build");
    program
        .run(&["--quiet", "projections", "rebuild", "totals"])
        .assert_done();
    program
        .run(&["projections", "promote", "totals"])
        .assert_refused(2, "build 2 of totals has not caught up: it is at event 0 of 4");
}
