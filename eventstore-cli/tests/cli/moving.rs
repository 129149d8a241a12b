//! A store of some thousand events on its way from PostgreSQL to SQLite and back.

use serde_json::{Value, json};

use crate::kind::Kind;
use crate::portable_state::{import, with_state, without_new};
use crate::program::Program;

/// How many streams there are beside those of the small store.
const STREAMS: u32 = 40;

/// How many events each of them has.
const EVENTS: u32 = 100;

/// A store with everything that one can hold: events in turns of many streams, links, soft-deleted streams, snapshots, subscriptions to
/// streams and to `$all`, and parked events.
async fn filled() -> Program {
    let program = with_state(Kind::COMPACT).await;
    for turn in 0..2 {
        for stream in 0..STREAMS {
            program.append_numbered(&format!("order-{stream}"), EVENTS / 2 + turn);
        }
        let every_seventh = program.run(&["read", "$all"]).json_lines();
        let ids: Vec<_> = every_seventh
            .iter()
            .step_by(7)
            .map(|event| event["event_id"].as_str().unwrap())
            .collect();
        let target = format!("every-seventh-{turn}");
        let link = [&["link", &target], &ids[..]].concat();
        assert_eq!(program.run(&link).json_lines().len(), 1);
    }
    for stream in ["order-3", "order-17"] {
        program.run(&["--quiet", "delete", stream]).assert_done();
    }
    for stream in ["order-5", "every-seventh-0"] {
        let snapshot = [
            "snapshot",
            "put",
            stream,
            "--version",
            "60",
            "--type",
            "T",
            "--data",
            "{\"n\": 1.50}",
        ];
        program.run(&[&["--quiet"], &snapshot[..]].concat()).assert_done();
    }
    subscribe_and_park(&program);
    program
}

/// Four subscriptions by an import: in the middle of `$all`, of a stream, of links, and at the origin with parked events.
fn subscribe_and_park(program: &Program) {
    for (name, stream, position) in [
        ("middle", "$all", "2500"),
        ("one", "order-9", "70"),
        ("linked", "every-seventh-1", "33"),
    ] {
        let subscribe = ["subscribe", name, "--stream", stream, "--exit-when-caught-up"];
        assert!(!program.run(&subscribe).json_lines().is_empty());
        program
            .run(&["--quiet", "subscriptions", "set", name, position, "--stream", stream])
            .assert_done();
    }
    let events = program
        .run(&["read", "$all", "--from", "500", "--count", "300"])
        .json_lines();
    let parked = events.iter().enumerate().map(|(index, event)| match index % 3 {
        0 => json!({"event_id": event["event_id"], "partition": "p", "reason": "late\n", "attempts": 2}),
        1 => json!({"event_id": event["event_id"], "partition": "p"}),
        _ => json!({"event_id": event["event_id"], "reason": "no such order", "attempts": 1}),
    });
    let line = json!({
        "subscription": "parking", "stream": "$all", "events": 0,
        "digest": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "parked": parked.collect::<Vec<_>>(),
    });
    let [_, subscriptions, parked] = import(program, &line.to_string());
    assert_eq!((subscriptions, parked), (1, 300));
}

fn export(program: &Program) -> String {
    let export = program.run(&["--quiet", "export"]);
    assert_eq!(export.status, Some(0), "{:?}", export.stderr);
    export.stdout
}

#[track_caller]
fn assert_same(moved: &str, original: &str) {
    let (moved, original) = (without_new(moved), without_new(original));
    for (line, (moved, original)) in moved.iter().zip(&original).enumerate() {
        assert_eq!(moved, original, "line {}", line + 1);
    }
    assert_eq!(moved.len(), original.len());
}

fn count(export: &str, key: &str) -> usize {
    let lines = export.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line.get(key).is_some()).count()
}

#[tokio::test]
async fn a_store_of_thousands_of_events_comes_back_from_sqlite_as_it_was() {
    let source = filled().await;
    let original = export(&source);
    assert!(count(&original, "event_type") > 4_000, "too small");
    for (key, least) in [("link", 500), ("deleted", 3), ("snapshot", 5), ("subscription", 11)] {
        assert!(count(&original, key) >= least, "{key}: {}", count(&original, key));
    }

    let file = Program::start(Kind::Sqlite).await;
    import(&file, &original);
    let in_the_file = export(&file);
    assert_same(&in_the_file, &original);
    file.run(&["--quiet", "verify"]).assert_done();

    let back = Program::start(Kind::COMPACT).await;
    import(&back, &in_the_file);
    let returned = export(&back);
    assert_same(&returned, &original);
    // Without gaps in `$all`, even the positions stay what they are.
    let positions = |export: &str| -> Vec<Value> {
        let lines = export.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.map(|line| line["event_number"].clone()).collect()
    };
    assert_eq!(positions(&returned), positions(&in_the_file));
    back.run(&["--quiet", "verify"]).assert_done();
}
