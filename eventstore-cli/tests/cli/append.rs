use serde_json::json;

use crate::kind::Kind;
use crate::program::{Program, run_alone};

on_each_backend![
    prints_the_receipt,
    a_repeated_idempotent_append_prints_the_first_receipt,
    an_empty_name_or_type_is_taken_for_a_mistake_unless_it_is_allowed,
    an_event_is_given_its_causation_and_correlation,
    keeps_all_that_a_line_tells,
    takes_lines_from_a_file_and_negative_numbers_from_the_command_line,
    gives_time_ordered_ids_to_events_without_one,
    a_line_that_is_wrong_is_named_and_nothing_is_written,
    an_expectation_that_is_not_met_is_a_conflict,
    an_id_that_is_stored_or_stands_twice_is_a_conflict,
    a_repeated_append_is_refused_by_the_version_or_else_by_the_id,
    a_stream_that_cannot_be_a_target_is_refused,
    a_deleted_stream_is_refused,
    options_that_do_not_fit_are_refused,
    a_person_is_told_in_a_sentence,
];

const ID: &str = "018f4e1c-0000-7000-8000-000000000001";

async fn prints_the_receipt(kind: Kind) {
    let program = Program::start(kind).await;
    program.append_numbered("other", 2);
    let lines = program
        .run(&["append", "s", "--type", "T", "--data", "{}"])
        .json_lines();
    let receipt = json!({
        "stream": "s", "first_version": 1, "last_version": 1, "first_position": 3, "last_position": 3,
        "deduplicated": false,
    });
    assert_eq!(lines, [receipt]);
}

async fn a_repeated_idempotent_append_prints_the_first_receipt(kind: Kind) {
    let program = Program::start(kind).await;
    let append = [
        "append",
        "s",
        "--type",
        "T",
        "--data",
        "1",
        "--id",
        ID,
        "--expected",
        "none",
        "--idempotent",
    ];
    let first = program.run(&append).json_lines();
    assert_eq!(first[0]["deduplicated"], json!(false));
    program.append_numbered("s", 1);
    let second = program.run(&append).json_lines();
    assert_eq!(second[0]["deduplicated"], json!(true));
    assert_eq!(
        (&second[0]["last_version"], &second[0]["last_position"]),
        (&json!(1), &json!(1))
    );
}

#[tokio::test]
async fn another_content_under_the_same_id_is_refused_unless_only_ids_count() {
    for kind in [Kind::COMPACT_JSON, Kind::ORIGINAL_JSON] {
        let program = Program::start(kind).await;
        let append = |event_type: &str, data: &str, options: &[&str]| {
            let append = [
                "append",
                "s",
                "--id",
                ID,
                "--idempotent",
                "--type",
                event_type,
                "--data",
                data,
            ];
            program.run(&[&append, options].concat())
        };
        append("T", r#"{"a":1,"b":[]}"#, &[]).assert_done();
        append("T", r#"{"a":2}"#, &[]).assert_refused(3, "is stored with another type or other data");
        append("U", r#"{"a":1,"b":[]}"#, &[]).assert_refused(3, "--ids-only");
        // A store of JSON compares values.
        for (data, options) in [(r#"{"b": [], "a": 1.0}"#, &[][..]), (r#"{"a":2}"#, &["--ids-only"])] {
            let receipt = append("T", data, options).json_lines();
            assert_eq!(receipt[0]["deduplicated"], json!(true), "{data}");
        }
        assert_eq!(program.run(&["read", "s"]).json_lines().len(), 1);
    }
}

async fn an_empty_name_or_type_is_taken_for_a_mistake_unless_it_is_allowed(kind: Kind) {
    let program = Program::start(kind).await;
    let append = |stream, event_type, options: &[&str]| {
        let append = ["append", stream, "--type", event_type, "--data", "1"];
        program.run(&[&append, options].concat())
    };
    append("", "T", &[]).assert_refused(2, "the name of the stream is empty");
    append("s", "", &[]).assert_refused(2, "the type of the event is empty");
    let line = "{\"type\":\"\",\"data\":1}";
    program
        .run_with_input(&["append", "s", "--from", "-"], line)
        .assert_refused(2, "line 1: field `type` is empty");
    program.assert_nothing_is_stored();
    append("", "", &["--allow-empty"]).assert_done();
    for command in [
        &["read", ""][..],
        &["delete", ""],
        &["tail", "--stream", ""],
        &["subscribe", "n", "--stream", ""],
    ] {
        program.run(command).assert_refused(2, "--allow-empty");
    }
    assert_eq!(program.data(&["read", "", "--allow-empty"]), [1]);
}

async fn an_event_is_given_its_causation_and_correlation(kind: Kind) {
    let program = Program::start(kind).await;
    let ids = [
        "--correlation-id",
        ID,
        "--causation-id",
        "018f4e1c-0000-7000-8000-000000000002",
    ];
    let append = ["append", "s", "--type", "T", "--data", "1"];
    program.run(&[&append[..], &ids].concat()).assert_done();
    let event = &program.run(&["read", "s"]).json_lines()[0];
    assert_eq!(
        (&event["correlation_id"], &event["causation_id"]),
        (&json!(ids[1]), &json!(ids[3]))
    );
    program
        .run(&[&["append", "s", "--from", "-"], &ids[..2]].concat())
        .assert_refused(2, "--correlation-id");
}

#[tokio::test]
async fn a_payload_that_the_store_cannot_keep_is_told_with_its_line() {
    for kind in [Kind::COMPACT_JSON, Kind::ORIGINAL_JSON] {
        let program = Program::start(kind).await;
        let lines = "{\"type\":\"A\",\"data\":1}\n\n{\"type\":\"B\",\"data\":\"\\u0000\"}\n";
        let outcome = program.run_with_input(&["append", "s", "--from", "-"], lines);
        outcome.assert_refused(2, "line 3: invalid data: event ");
        let import = format!("{{\"event_id\":\"{ID}\",\"stream\":\"s\",\"event_type\":\"A\",\"data\":\"\\ud800\"}}\n");
        let outcome = program.run_with_input(&["import", "-"], &format!("\n{import}"));
        outcome.assert_refused(2, &format!("line 2: invalid data: event {ID}: "));
        program.assert_nothing_is_stored();
    }
}

async fn keeps_all_that_a_line_tells(kind: Kind) {
    let program = Program::start(kind).await;
    let line = json!({
        "type": "Placed", "data": {"total": 42}, "metadata": {"user": 7}, "id": ID,
        "causation_id": "018f4e1c-0000-7000-8000-000000000002",
        "correlation_id": "018f4e1c-0000-7000-8000-000000000003",
        "created_at": "2024-02-29T13:00:00.123456+01:00",
    });
    let from_input = ["append", "order-1", "--expected", "none", "--from", "-"];
    let lines = format!("{line}\n\n{}\n", json!({"type": "Paid", "data": null}));
    assert_eq!(
        program.run_with_input(&from_input, &lines).json_lines()[0]["last_version"],
        2
    );
    let events = program.run(&["read", "order-1"]).json_lines();
    let first = json!({
        "event_number": 1, "event_id": ID, "stream": "order-1", "stream_version": 1, "event_type": "Placed",
        "causation_id": "018f4e1c-0000-7000-8000-000000000002",
        "correlation_id": "018f4e1c-0000-7000-8000-000000000003",
        "created_at": "2024-02-29T12:00:00.123456Z", "data": {"total": 42}, "metadata": {"user": 7},
    });
    assert_eq!(events[0], first);
    assert_eq!(events[1]["data"], json!(null));
    assert_eq!(events[1]["metadata"], json!(null));
}

async fn takes_lines_from_a_file_and_negative_numbers_from_the_command_line(kind: Kind) {
    let program = Program::start(kind).await;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&file, "{\"type\":\"A\",\"data\":1}\r\n{\"type\":\"B\",\"data\":2}").unwrap();
    let path = file.path().to_str().unwrap();
    program.run(&["append", "s", "--from", path]).assert_done();
    let options = ["--type", "C", "--data", "-3", "--metadata", "null", "--id", ID];
    program.run(&[&["append", "s"], &options[..]].concat()).assert_done();
    let events = program.run(&["read", "s"]).json_lines();
    assert_eq!(events.len(), 3);
    assert_eq!((&events[2]["data"], &events[2]["event_id"]), (&json!(-3), &json!(ID)));
    assert_eq!(events[2]["metadata"], json!(null));
}

/// Behaviours: R1.26.
async fn gives_time_ordered_ids_to_events_without_one(kind: Kind) {
    let program = Program::start(kind).await;
    program.append_numbered("s", 20);
    let events = program.run(&["read", "s"]).json_lines();
    let ids: Vec<_> = events.iter().map(|event| event["event_id"].as_str().unwrap()).collect();
    assert!(
        ids.is_sorted() && ids.iter().all(|id| id.as_bytes()[14] == b'7'),
        "{ids:?}"
    );
}

async fn a_line_that_is_wrong_is_named_and_nothing_is_written(kind: Kind) {
    let program = Program::start(kind).await;
    let table = [
        (r#"{"type":"A""#, "line 2: EOF"),
        (r#"["A",1]"#, "line 2: not a JSON object"),
        (r#"{"type":"A"}"#, "line 2: missing field `data`"),
        (r#"{"type":"A\u0000","data":1}"#, "line 2: field `type`"),
        (r#"{"type":"A","data":1,"id":"x"}"#, "line 2: field `id`"),
        (r#"{"type":"A","data":1,"meta":2}"#, "line 2: unknown field `meta`"),
        (
            r#"{"type":"A","data":1,"created_at":"now"}"#,
            "line 2: field `created_at`",
        ),
    ];
    for (line, why) in table {
        let input = format!("{{\"type\":\"A\",\"data\":1}}\n{line}\n");
        let outcome = program.run_with_input(&["append", "s", "--from", "-"], &input);
        outcome.assert_refused(2, why);
    }
    program
        .run_with_input(&["append", "s", "--from", "-"], "\n")
        .assert_refused(2, "no events");
    program.assert_nothing_is_stored();
}

async fn an_expectation_that_is_not_met_is_a_conflict(kind: Kind) {
    let program = Program::start(kind).await;
    let append = |expected| program.run(&["append", "s", "--type", "T", "--data", "1", "--expected", expected]);
    append("exists").assert_refused(4, "does not exist");
    append("1").assert_refused(3, "does not exist");
    program.assert_nothing_is_stored();
    append("0").assert_done();
    append("none").assert_refused(3, "already exists at version 1");
    append("0").assert_refused(3, "it is at version 1");
    append("9223372036854775807").assert_refused(3, "it is at version 1");
    append("1").assert_done();
    append("exists").assert_done();
    append("any").assert_done();
    assert_eq!(program.data(&["read", "s"]).len(), 4);
}

async fn an_id_that_is_stored_or_stands_twice_is_a_conflict(kind: Kind) {
    let program = Program::start(kind).await;
    let append = ["append", "s", "--type", "T", "--data", "1", "--id", ID];
    program.run(&append).assert_done();
    program.run(&append).assert_refused(3, ID);
    let line = format!("{{\"type\":\"A\",\"data\":1,\"id\":\"{}\"}}\n", ID.replace('1', "2"));
    let outcome = program.run_with_input(&["append", "s", "--from", "-"], &line.repeat(2));
    outcome.assert_refused(3, "already exists");
    assert_eq!(program.data(&["read", "s"]).len(), 1);
}

/// Behaviours: R1.28.
async fn a_repeated_append_is_refused_by_the_version_or_else_by_the_id(kind: Kind) {
    let program = Program::start(kind).await;
    let append = |expected| {
        let options = ["--type", "T", "--data", "1", "--id", ID, "--expected", expected];
        program.run(&[&["append", "s"], &options[..]].concat())
    };
    append("none").assert_done();
    append("none").assert_refused(3, "already exists at version 1");
    append("0").assert_refused(3, "it is at version 1");
    append("any").assert_refused(3, ID);
    append("exists").assert_refused(3, ID);
    assert_eq!(program.data(&["read", "s"]).len(), 1);
}

/// Behaviours: R1.6.
async fn a_stream_that_cannot_be_a_target_is_refused(kind: Kind) {
    let program = Program::start(kind).await;
    let append = |stream: &str| program.run(&["append", stream, "--type", "T", "--data", "1"]);
    append("$all").assert_refused(2, "cannot be a target");
    append(&"x".repeat(3_000)).assert_refused(2, "3000 bytes");
    program.assert_nothing_is_stored();
    append("").assert_refused(2, "--allow-empty");
    program.assert_nothing_is_stored();
    append("Größe/配列 %_\n🇪🇺").assert_done();
    assert_eq!(program.run(&["read", "Größe/配列 %_\n🇪🇺"]).json_lines().len(), 1);
}

async fn a_deleted_stream_is_refused(kind: Kind) {
    let program = Program::start(kind).await;
    program.append_numbered("s", 1);
    program.run(&["--quiet", "delete", "s"]).assert_done();
    program
        .run(&["append", "s", "--type", "T", "--data", "1"])
        .assert_refused(4, "has been deleted");
    program.run(&["read", "s"]).assert_refused(4, "has been deleted");
}

async fn options_that_do_not_fit_are_refused(kind: Kind) {
    let program = Program::start(kind).await;
    let append = |options: &[&str]| program.run(&[&["append", "s"], options].concat());
    append(&[]).assert_refused(2, "give --type and --data, or --from");
    run_alone(&["append", "s"]).assert_refused(2, "give --type and --data, or --from");
    append(&["--type", "T"]).assert_refused(2, "--data");
    append(&["--data", "1"]).assert_refused(2, "--type");
    append(&["--from", "-", "--type", "T", "--data", "1"]).assert_refused(2, "--from");
    append(&["--from", "-", "--id", ID]).assert_refused(2, "--id");
    append(&["--type", "T", "--data", "{"]).assert_refused(2, "not JSON");
    append(&["--type", "T", "--data", "1", "--metadata", "x"]).assert_refused(2, "not JSON");
    append(&["--type", "T", "--data", "1", "--id", "7"]).assert_refused(2, "--id");
    for version in ["9223372036854775808", "-1", "some"] {
        append(&["--type", "T", "--data", "1", "--expected", version]).assert_refused(2, "--expected");
    }
    append(&["--from", "/nowhere/events.jsonl"]).assert_refused(2, "/nowhere/events.jsonl");
    program.assert_nothing_is_stored();
}

async fn a_person_is_told_in_a_sentence(kind: Kind) {
    let program = Program::start(kind).await;
    let outcome = program.run(&["append", "s", "--type", "T", "--data", "1", "--format", "table"]);
    outcome.assert_done();
    assert_eq!(
        outcome.stdout,
        "appended 1 event to \"s\": now at version 1, position 1\n"
    );
}
