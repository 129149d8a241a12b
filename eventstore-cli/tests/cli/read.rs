use std::io::{BufRead, BufReader, Read};

use eventstore_core::{Append, EventType, EventWriter, ExpectedVersion, NewEvent, StreamName};
use serde_json::json;
use uuid::Uuid;

use crate::kind::Kind;
use crate::program::{NOTHING, Program};

on_each_backend![
    prints_events_from_a_number_up_to_a_count_in_both_directions,
    numbers_are_positions_in_the_stream_that_is_read,
    bytes_that_are_no_json_are_printed_in_base64,
    a_stream_that_does_not_exist_is_not_found,
    numbers_beyond_the_range_are_refused,
    a_reader_that_stops_reading_ends_the_program_quietly,
    every_event_of_a_long_stream_is_printed,
    a_person_gets_a_table,
];

async fn prints_events_from_a_number_up_to_a_count_in_both_directions(kind: Kind) {
    let program = Program::start(kind).await;
    program.append_numbered("a", 3);
    program.append_numbered("b", 2);
    assert_eq!(program.data(&["read", "a"]), [1, 2, 3]);
    assert_eq!(program.data(&["read", "a", "--from", "0"]), [1, 2, 3]);
    assert_eq!(program.data(&["read", "a", "--from", "2"]), [2, 3]);
    assert_eq!(program.data(&["read", "a", "--from", "4"]), NOTHING);
    assert_eq!(program.data(&["read", "a", "--from", "2", "--count", "1"]), [2]);
    assert_eq!(program.data(&["read", "a", "--count", "0"]), NOTHING);
    assert_eq!(program.data(&["read", "a", "--backward"]), [3, 2, 1]);
    assert_eq!(program.data(&["read", "a", "--backward", "--from", "2"]), [2, 1]);
    assert_eq!(program.data(&["read", "$all", "--backward", "--count", "3"]), [2, 1, 3]);
    assert_eq!(program.data(&["read", "$all", "--from", "3"]), [3, 1, 2]);
}

async fn numbers_are_positions_in_the_stream_that_is_read(kind: Kind) {
    let program = Program::start(kind).await;
    program.append_numbered("a", 1);
    program.append_numbered("b", 1);
    let event = &program.run(&["read", "$all", "--backward"]).json_lines()[0];
    assert_eq!(
        (&event["event_number"], &event["stream"], &event["stream_version"]),
        (&json!(2), &json!("b"), &json!(1))
    );
    assert_eq!(program.run(&["read", "b"]).json_lines()[0]["event_number"], 1);
}

async fn bytes_that_are_no_json_are_printed_in_base64(kind: Kind) {
    let program = Program::start(kind).await;
    let store = program.connect().await;
    let event = |data: &'static [u8], metadata: &'static [u8]| {
        NewEvent::new(Uuid::now_v7(), EventType::new("T").unwrap(), data).with_metadata(metadata)
    };
    let events = vec![event(b"\xff\x00", b"\x00"), event(b"{\n \"a\": 1.10 }", b"null")];
    let append = Append::new(StreamName::new("s").unwrap(), ExpectedVersion::Any, events).unwrap();
    store.append(append).await.unwrap();

    let outcome = program.run(&["read", "s"]);
    let lines = outcome.json_lines();
    assert_eq!(lines[0]["data_base64"], "/wA=");
    assert_eq!(lines[0]["metadata_base64"], "AA==");
    assert!(lines[0].get("data").is_none() && lines[0].get("metadata").is_none());
    let second = "\"data\":{  \"a\": 1.10 },\"metadata\":null}\n";
    assert!(outcome.stdout.ends_with(second), "{outcome:?}");
}

async fn a_stream_that_does_not_exist_is_not_found(kind: Kind) {
    let program = Program::start(kind).await;
    program.run(&["read", "missing"]).assert_refused(4, "does not exist");
    program.assert_nothing_is_stored();
}

/// Behaviours: T56.
async fn numbers_beyond_the_range_are_refused(kind: Kind) {
    let program = Program::start(kind).await;
    program.append_numbered("s", 1);
    for number in ["9223372036854775808", "-1", "one"] {
        program
            .run(&["read", "s", "--from", number])
            .assert_refused(2, "--from");
    }
    program
        .run(&["read", "s", "--count", "-1"])
        .assert_refused(2, "--count");
    assert_eq!(program.data(&["read", "s", "--from", "9223372036854775807"]), NOTHING);
    assert_eq!(program.data(&["read", "s", "--count", "18446744073709551615"]), [1]);
}

async fn a_reader_that_stops_reading_ends_the_program_quietly(kind: Kind) {
    let program = Program::start(kind).await;
    program.append_numbered("s", 5_000);
    let mut child = program.spawn(&["read", "s"]);
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut first)
        .unwrap();
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!((child.wait().unwrap().code(), &*stderr), (Some(0), ""));
    assert!(first.contains("\"data\":1,"), "{first}");
}

async fn every_event_of_a_long_stream_is_printed(kind: Kind) {
    let program = Program::start(kind).await;
    program.append_numbered("s", 2_500);
    assert!(program.data(&["read", "s"]).into_iter().eq(1..=2_500));
    assert!(
        program
            .data(&["read", "s", "--backward"])
            .into_iter()
            .eq((1..=2_500).rev())
    );
}

async fn a_person_gets_a_table(kind: Kind) {
    let program = Program::start(kind).await;
    program.append_numbered("s", 2);
    let outcome = program.run(&["read", "s", "--format", "table"]);
    outcome.assert_done();
    let lines: Vec<_> = outcome.stdout.lines().collect();
    assert_eq!(lines.len(), 3);
    assert!(lines[0].contains("NUMBER") && lines[2].contains("Counted"), "{lines:?}");
}
