//! Runs each workload for a moment, and checks what scripts see.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, also in what several tests share"
)]

use std::process::{Command, Output};

use eventstore_testkit::server::Server;
use serde_json::Value;

/// Runs the program on the server for tests with these words.
fn run(line: &str) -> Output {
    let server = Server::for_tests().unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_eventstore-load"));
    program
        .args(line.split_whitespace())
        .args(["--url", server.url()])
        .output()
        .unwrap()
}

/// What a workload says in its one line.
fn result(line: &str) -> Value {
    let output = run(&format!("{line} --json --seconds 0.05 --repeats 1"));
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{stderr}");
    assert_eq!(stdout.lines().count(), 1, "{stdout}");
    let result: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(result["workload"], line.split(' ').next().unwrap());
    assert!(result["events_per_s"]["min"].as_u64() <= result["events_per_s"]["max"].as_u64());
    assert!(result["events_per_s"]["median"].as_u64().unwrap() > 0, "{result}");
    assert!(result["latency_us"]["p50"].as_u64() <= result["latency_us"]["p99"].as_u64());
    if cfg!(target_os = "linux") {
        assert!(result["peak_rss_mb"].as_f64().unwrap() > 1.0, "{result}");
        assert!(result["client_cpu_us_per_event"].is_number(), "{result}");
    }
    result
}

/// Each is there, and what it says agrees with itself.
fn assert_references(result: &Value, names: &[&str]) {
    let references = result["references"].as_object().unwrap();
    assert_eq!(references.keys().collect::<Vec<_>>(), names);
    let ours = result["events_per_s"]["median"].as_f64().unwrap();
    for (name, reference) in references {
        let quotient = ours / reference["events_per_s"].as_f64().unwrap();
        let ratio = reference["ratio"].as_f64().unwrap();
        assert!((quotient - ratio).abs() <= 0.02 * quotient + 0.01, "{name}: {result}");
        assert!(reference["latency_us"]["p50"].as_u64().unwrap() > 0, "{name}: {result}");
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn append() {
    let result = result("append --callers 3 --batch 2");
    assert_references(&result, &["L0", "L1", "L3"]);
    assert_eq!(result["parameters"]["callers"], 3);
    assert_eq!(result["parameters"]["batch"], 2);
    assert_eq!(result["parameters"]["layout"], "compact");
    assert_eq!(result["parameters"]["expected"], "exact");
    assert!(result["wal_bytes_per_event"].as_f64().unwrap() > 100.0, "{result}");
    assert!(result["disk_bytes_per_event"].as_f64().unwrap() > 100.0, "{result}");
}

#[test]
fn append_one_stream() {
    let result = result("append-one-stream --callers 3 --layout original");
    assert_references(&result, &["L0", "L1", "L3", "own_streams"]);
    assert!(result["disk_bytes_per_event"].as_f64().unwrap() > 100.0, "{result}");
}

#[test]
fn read() {
    let result = result("read --callers 2 --events 1000");
    assert_references(&result, &["L0"]);
    assert_eq!(result["parameters"]["events"], 1_000);
}

#[test]
fn replay() {
    let result = result("replay --events 3000 --layout original");
    assert_references(&result, &["L2"]);
    assert!(
        result["appends_meanwhile"]["events_per_s"].as_u64().unwrap() > 0,
        "{result}"
    );
    assert!(result["appends_meanwhile"]["slowed_by_percent"].is_number(), "{result}");
    assert_eq!(result["peak_rss_mb_of_a_tenth"].is_number(), cfg!(target_os = "linux"));
}

#[test]
fn catch_up() {
    let result = result("catch-up --events 3000");
    assert_references(&result, &["buffer_100", "pages"]);
    for buffer in ["buffer_100", "buffer_1000"] {
        assert!(result["of_pages"][buffer].as_f64().unwrap() > 0.0, "{result}");
    }
}

#[test]
fn live() {
    let result = result("live");
    assert_references(&result, &["L4", "other_process"]);
    for process in ["same_process", "other_process"] {
        assert!(result["p50_of_l4"][process].as_f64().unwrap() > 0.0, "{result}");
    }
}

#[test]
fn fan_out() {
    let result = result("fan-out --subscriptions 3 --events 200 --batch 50");
    assert_references(&result, &["no_subscriber", "one_subscriber"]);
    assert_eq!(result["parameters"]["subscriptions"], 3);
    for subscribers in ["of_one_subscriber", "of_all_subscribers"] {
        assert!(result["round_trips"][subscribers].as_u64().unwrap() > 0, "{result}");
    }
}

#[test]
fn memory() {
    let result = result("memory --subscriptions 20 --events 5000");
    assert_references(&result, &["alone"]);
    assert!(result["idle"]["connections"].as_u64().unwrap() >= 2, "{result}");
    assert!(result["idle"]["round_trips_per_s"].is_number(), "{result}");
    assert_eq!(result["stalled"]["events_behind"], 5_000);
    assert_eq!(result["stalled"]["peak_rss_mb"].is_number(), cfg!(target_os = "linux"));
}

#[test]
fn start() {
    let result = result("start --subscriptions 3 --events 20 --layout original");
    assert_references(
        &result,
        &[
            "L0",
            "L0_append",
            "L0_created_afterwards",
            "append",
            "created_afterwards",
        ],
    );
    for kind in ["existing", "created_afterwards"] {
        assert!(result["of_original"][kind].as_f64().unwrap() > 0.0, "{result}");
    }
    for (name, statements, commits) in [("L0", 8.33, 2.0), ("L0_created_afterwards", 8.33, 2.0)] {
        let counted = &result["per_subscription"][name];
        assert!(counted["statements"].as_f64().unwrap() >= statements, "{result}");
        assert!(counted["writing_commits"].as_f64().unwrap() >= commits, "{result}");
    }
    for name in ["ours", "created_afterwards"] {
        let counted = &result["per_subscription"][name];
        assert!(counted["statements"].as_f64().unwrap() > 0.0, "{result}");
        assert!(counted["writing_commits"].as_f64().unwrap() > 0.0, "{result}");
    }
}

#[test]
fn growth() {
    let result = result("growth --events 20000 --subscriptions 20");
    assert_references(&result, &["near"]);
    for what in ["append_growth", "read_growth", "delivery_growth"] {
        assert!(result[what]["cost_ratio"].as_f64().unwrap() > 0.0, "{result}");
    }
    assert_eq!(result["streams"], 2_100);
}

#[test]
fn people_get_a_table_and_are_told_what_is_not_used() {
    let output = run("append --callers 1 --events 7 --seconds 0.02 --repeats 1");
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!(
        stdout.contains("L0 the original's way") && stdout.contains("events/s"),
        "{stdout}"
    );
    assert!(stderr.contains("note: append does not use --events"), "{stderr}");
}

#[test]
fn bad_arguments_are_refused_by_name() {
    for (line, argument) in [
        ("append --callers 0", "--callers"),
        ("append --batch 1001", "--batch"),
        ("read --events 99", "--events"),
        ("replay --events 99", "--events"),
        ("growth --events 100", "--events"),
        ("catch-up --events 9", "--events"),
        ("fan-out --subscriptions 0", "--subscriptions"),
        ("append --layout other", "--layout"),
        ("fly", "<WORKLOAD>"),
    ] {
        let output = run(line);
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{line}: {stderr}");
        assert!(stderr.contains(argument), "{line}: {stderr}");
        assert!(output.stdout.is_empty(), "{line}");
    }
}

#[test]
fn a_bad_url_is_not_shown() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_eventstore-load"));
    let output = program
        .args(["append", "--url", "mysql://me:secret@h/d"])
        .output()
        .unwrap();
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("url") && !stderr.contains("secret"), "{stderr}");
}
