use crate::kind::Kind;
use crate::program::{Program, run_alone};

#[tokio::test]
async fn a_store_is_initialized_once() {
    let program = Program::start_without_store(Kind::COMPACT).await;
    let init = [
        "--schema",
        "fresh",
        "init",
        "--layout",
        "compact",
        "--data-type",
        "bytea",
    ];
    let outcome = program.run(&init);
    assert_eq!((outcome.status, &*outcome.stdout), (Some(0), ""));
    assert_eq!(outcome.stderr, "eventstore: the event store was initialized\n");
    let outcome = program.run(&init);
    assert_eq!((outcome.status, &*outcome.stdout), (Some(0), ""));
    assert!(outcome.stderr.contains("nothing was changed"), "{outcome:?}");
    program.run(&["--schema", "fresh", "--quiet", "init"]).assert_done();
}

#[tokio::test]
async fn a_store_in_the_original_layout_works_like_any_other() {
    let program = Program::start_without_store(Kind::COMPACT).await;
    let outcome = program.run(&["init", "--layout", "original"]);
    assert_eq!(outcome.stderr, "eventstore: the event store was initialized\n");
    program
        .run(&["init", "--layout", "compact"])
        .assert_refused(2, "original");
    program.append_numbered("s", 2);
    assert_eq!(program.run(&["read", "s"]).json_lines().len(), 2);
    program.run(&["verify", "--quiet"]).assert_done();
}

#[tokio::test]
async fn a_store_of_json_values_works_like_any_other() {
    for layout in ["compact", "original"] {
        let program = Program::start_without_store(Kind::COMPACT).await;
        let outcome = program.run(&["init", "--layout", layout, "--data-type", "jsonb"]);
        assert_eq!(outcome.stderr, "eventstore: the event store was initialized\n");
        program
            .run(&["init", "--layout", layout, "--data-type", "bytea"])
            .assert_refused(2, "jsonb");
        let append = |data| program.run(&["append", "s", "--type", "A", "--data", data]);
        append(r#"{"b":[1],"a":1.10}"#).assert_done();
        append(r#"{"a":"\u0000"}"#).assert_refused(2, "invalid data: event");
        let events = program.run(&["read", "s"]);
        assert!(
            events
                .stdout
                .contains(r#""data":{"a": 1.10, "b": [1]},"metadata":null"#),
            "{events:?}"
        );
        assert_eq!(events.json_lines().len(), 1);
        program.run(&["verify", "--quiet"]).assert_done();
    }
}

#[tokio::test]
async fn a_database_is_created_once() {
    let program = Program::start_without_store(Kind::COMPACT).await;
    let (server, name) = program.url().rsplit_once('/').unwrap();
    let url = format!("{server}/{name}_created");
    let create = |quiet: &'static [&str]| run_alone(&[&["--url", &url, "create"], quiet].concat());
    let outcome = create(&[]);
    assert_eq!((outcome.status, &*outcome.stdout), (Some(0), ""), "{outcome:?}");
    assert!(outcome.stderr.contains("was created"), "{outcome:?}");
    assert!(create(&[]).stderr.contains("existed already"));
    create(&["--quiet"]).assert_done();
    run_alone(&["--url", &url, "--quiet", "init"]).assert_done();
    run_alone(&["--url", &url, "--quiet", "verify"]).assert_done();
    program.execute(&format!("DROP DATABASE \"{name}_created\"")).await;
}

#[tokio::test]
async fn stores_in_two_schemas_know_nothing_of_each_other() {
    let program = Program::start(Kind::COMPACT).await;
    program.run(&["--schema", "other", "--quiet", "init"]).assert_done();
    program.append_numbered("s", 1);
    let outcome = program.run(&["--schema", "other", "read", "$all"]);
    assert_eq!(outcome.json_lines().len(), 0);
}

#[test]
fn an_unknown_layout_is_refused_with_those_that_exist() {
    run_alone(&["init", "--layout", "wide"]).assert_refused(2, "compact, original");
    run_alone(&["init", "--data-type", "xml"]).assert_refused(2, "bytea, jsonb");
}
