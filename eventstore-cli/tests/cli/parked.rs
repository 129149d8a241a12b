use serde_json::{Value, json};

use crate::kind::Kind;
use crate::program::Program;

on_each_backend![
    parked_events_are_listed_and_shown_with_the_reason,
    a_replay_ends_the_parking_of_what_the_command_deals_with,
    what_is_discarded_is_confirmed,
];

/// The digest of no events.
const NO_EVENTS: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

fn id(number: u32) -> String {
    format!("00000000-0000-0000-0000-00000000000{number}")
}

/// Four events, all parked by the subscription `n`: two of the partition `p`, and two of none.
async fn filled(kind: Kind) -> Program {
    let program = Program::start(kind).await;
    let event = |number: u32| json!({"event_id": id(number), "stream": "s", "event_type": "T", "data": number});
    let parked = json!([
        {"event_id": id(1), "partition": "p", "reason": "no\u{202e} such order", "attempts": 3},
        {"event_id": id(2), "partition": "p"},
        {"event_id": id(3), "reason": "late", "attempts": 1},
        {"event_id": id(4), "reason": "late", "attempts": 1},
    ]);
    let subscription =
        json!({"subscription": "n", "stream": "$all", "events": 0, "digest": NO_EVENTS, "parked": parked});
    let lines: Vec<_> = (1..=4)
        .map(event)
        .chain([subscription])
        .map(|line| line.to_string())
        .collect();
    let outcome = program.run_with_input(&["--quiet", "import", "-"], &lines.join("\n"));
    assert_eq!(outcome.json_lines()[0]["parked_events"], json!(4));
    program
}

fn numbers(program: &Program, arguments: &[&str]) -> Vec<u64> {
    let lines = program
        .run(&[&["parked", "list", "n"], arguments].concat())
        .json_lines();
    lines
        .iter()
        .map(|line| line["event_number"].as_u64().unwrap())
        .collect()
}

async fn parked_events_are_listed_and_shown_with_the_reason(kind: Kind) {
    let program = filled(kind).await;
    assert_eq!(numbers(&program, &[]), [1, 2, 3, 4]);
    assert_eq!(numbers(&program, &["--limit", "2"]), [1, 2]);
    assert_eq!(numbers(&program, &["--id", &id(3)]), [3]);
    let shown = program.run(&["parked", "show", "n", "--id", &id(1)]).json_lines();
    assert_eq!(
        (&shown[0]["attempts"], &shown[0]["event"]["data"]),
        (&json!(3), &json!(1))
    );
    let table = program.run(&["parked", "list", "n", "--format", "table"]);
    assert!(table.stdout.contains("no\\u{202e} such order"), "{table:?}");
    assert!(table.stdout.contains("follows a parked event"), "{table:?}");
    program
        .run(&["parked", "list", "absent"])
        .assert_refused(4, "no subscription");
    program
        .run(&["parked", "show", "n", "--id", &id(9)])
        .assert_refused(4, "is not parked");
}

async fn a_replay_ends_the_parking_of_what_the_command_deals_with(kind: Kind) {
    let program = filled(kind).await;
    let replay = |command: &str| program.run(&["--quiet", "parked", "replay", "n", "--exec", command]);
    // The first of the partition fails, the second waits for it, and one of the others fails.
    let outcome = replay("read line; case $line in *'\"data\":1'*|*'\"data\":4'*) exit 7;; esac");
    assert_eq!(outcome.status, Some(1), "{outcome:?}");
    let summary: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(summary, json!({"replayed": 1, "failed": 2, "waiting": 1}));
    assert!(outcome.stderr.contains("stay parked: 2"), "{outcome:?}");
    assert_eq!(numbers(&program, &[]), [1, 2, 4]);
    let outcome = replay("exec < /dev/null");
    assert_eq!(
        outcome.json_lines(),
        [json!({"replayed": 3, "failed": 0, "waiting": 0})]
    );
    assert_eq!(numbers(&program, &[]), [0; 0]);
}

async fn what_is_discarded_is_confirmed(kind: Kind) {
    let program = filled(kind).await;
    program.run(&["parked", "discard", "n"]).assert_refused(2, "--yes");
    program
        .run(&["--quiet", "parked", "discard", "n", "--id", &id(3), "--yes"])
        .assert_done();
    assert_eq!(numbers(&program, &[]), [1, 2, 4]);
    let outcome = program.run(&["parked", "discard", "n", "--yes"]);
    assert!(outcome.stderr.contains("parked events discarded: 3"), "{outcome:?}");
}
