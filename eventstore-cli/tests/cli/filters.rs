use std::io::{BufRead, BufReader};

use serde_json::Value;

use crate::kind::Kind;
use crate::program::{NOTHING, Program, terminate};

on_each_backend![
    events_are_read_by_type_category_prefix_correlation_and_time,
    a_filter_that_nothing_can_mean_is_refused,
    a_subscription_takes_the_events_that_match,
    a_tail_follows_the_events_that_match,
];

const CORRELATION: &str = "018f4e1c-0000-7000-8000-000000000003";

/// Three streams; each event has its position as its data, and as the day on which it happened.
async fn filled(kind: Kind) -> Program {
    let program = Program::start(kind).await;
    let events = [
        ("order-1", "Placed", None),
        ("order-2", "Placed", Some(CORRELATION)),
        ("bill-1", "Paid", Some(CORRELATION)),
        ("order-1", "Paid", None),
    ];
    for (position, (stream, event_type, correlation)) in (1..).zip(events) {
        let line = serde_json::json!({
            "type": event_type, "data": position, "correlation_id": correlation,
            "created_at": format!("2024-03-0{position}T12:00:00Z"),
        });
        let outcome = program.run_with_input(&["append", stream, "--from", "-"], &line.to_string());
        assert_eq!(outcome.json_lines().len(), 1);
    }
    program
}

async fn events_are_read_by_type_category_prefix_correlation_and_time(kind: Kind) {
    let program = filled(kind).await;
    let read = |options: &[&str]| program.data(&[&["read", "$all"], options].concat());
    assert_eq!(read(&["--type", "Paid"]), [3, 4]);
    assert_eq!(read(&["--type", "Paid", "--type", "Placed"]), [1, 2, 3, 4]);
    assert_eq!(read(&["--category", "order", "--backward"]), [4, 2, 1]);
    assert_eq!(read(&["--prefix", "order-1"]), [1, 4]);
    assert_eq!(read(&["--correlation", CORRELATION, "--category", "bill"]), [3]);
    assert_eq!(read(&["--since", "2024-03-02T13:00:00Z"]), [3, 4]);
    assert_eq!(read(&["--since", "2024-03-02T13:00:00Z", "--backward"]), [4, 3]);
    assert_eq!(read(&["--since", "2024-03-09T00:00:00Z"]), NOTHING);
    assert_eq!(program.data(&["read", "order-1", "--type", "Paid"]), [4]);
}

async fn a_filter_that_nothing_can_mean_is_refused(kind: Kind) {
    let program = filled(kind).await;
    let read = |options: &[&str]| program.run(&[&["read", "$all"], options].concat());
    read(&["--prefix", ""]).assert_refused(2, "--prefix is empty");
    read(&["--type", ""]).assert_refused(2, "--type is empty");
    read(&["--category", "a-b"]).assert_refused(2, "category");
    read(&["--since", "yesterday"]).assert_refused(2, "--since");
    read(&["--since", "2024-03-02T13:00:00Z", "--from", "1"]).assert_refused(2, "--from");
}

async fn a_subscription_takes_the_events_that_match(kind: Kind) {
    let program = filled(kind).await;
    let subscribe =
        |name: &str, options: &[&str]| program.data(&[&["subscribe", name, "--exit-when-caught-up"], options].concat());
    assert_eq!(subscribe("a", &["--type", "Paid"]), [3, 4]);
    assert_eq!(
        subscribe("b", &["--since", "2024-03-02T00:00:00Z", "--prefix", "order-"]),
        [2, 4]
    );
    assert_eq!(
        subscribe("c", &["--stream", "absent", "--since", "2024-03-02T00:00:00Z"]),
        NOTHING
    );
}

async fn a_tail_follows_the_events_that_match(kind: Kind) {
    let program = filled(kind).await;
    let mut child = program.spawn(&["tail", "--type", "Paid", "--since", "2024-03-04T00:00:00Z"]);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut data = || serde_json::from_str::<Value>(&lines.next().unwrap().unwrap()).unwrap()["data"].clone();
    assert_eq!(data(), 4);
    for (event_type, number) in [("Placed", "5"), ("Paid", "6")] {
        program
            .run(&["append", "order-3", "--type", event_type, "--data", number])
            .assert_done();
    }
    assert_eq!(data(), 6);
    terminate(&child);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
