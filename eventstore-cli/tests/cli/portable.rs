use eventstore_core::{Append, EventType, EventWriter, ExpectedVersion, NewEvent, StreamName};
use serde_json::Value;
use uuid::Uuid;

use crate::kind::Kind;
use crate::program::Program;

on_each_backend![
    an_import_that_was_cut_off_is_resumed_and_repeated_without_effect,
    one_stream_is_exported_with_its_links,
    bytes_that_are_no_json_survive,
    what_is_no_export_is_refused_by_line,
];

/// Events with every field, links between and after events, a soft-deleted stream, and a gap in `$all`.
pub(crate) async fn filled(kind: Kind) -> Program {
    let program = Program::start(kind).await;
    program.append_numbered("gone", 2);
    let full = r#"{"type":"A","data":{"a": 1},"metadata":{"u": 7},"id":"00000000-0000-0000-0000-000000000001",
        "causation_id":"00000000-0000-0000-0000-000000000002","correlation_id":"00000000-0000-0000-0000-000000000003",
        "created_at":"2024-02-29T12:00:00.123456Z"}"#
        .replace('\n', "");
    let outcome = program.run_with_input(&["append", "ä,1", "--from", "-"], &full);
    assert_eq!(outcome.json_lines().len(), 1);
    program.append_numbered("mixed", 1);
    let link = ["--quiet", "link", "mixed", "00000000-0000-0000-0000-000000000001"];
    assert_eq!(program.run(&link).json_lines().len(), 1);
    program.append_numbered("mixed", 2);
    let link = ["--quiet", "link", "links", "00000000-0000-0000-0000-000000000001"];
    assert_eq!(program.run(&link).json_lines().len(), 1);
    program.append_numbered("deleted", 2);
    program.run(&["--quiet", "delete", "deleted"]).assert_done();
    program
        .run(&["--quiet", "delete", "gone", "--hard", "--yes", "--enable-hard-deletes"])
        .assert_done();
    program
}

fn import(program: &Program, lines: &str) -> Vec<u64> {
    let summary = &program.run_with_input(&["import", "-"], lines).json_lines()[0];
    ["events", "links", "deleted_streams", "skipped"]
        .map(|key| summary[key].as_u64().unwrap())
        .into()
}

/// The lines of an export without the numbers of `$all`, which have no gaps after an import.
fn without_positions(export: &str) -> Vec<Value> {
    let lines = export.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines
        .map(|mut line| {
            line.as_object_mut().unwrap().remove("event_number");
            line
        })
        .collect()
}

#[tokio::test]
async fn an_export_is_imported_without_loss_into_a_store_of_any_kind() {
    for kind in Kind::ALL {
        let source = filled(kind).await;
        let export = source.run(&["export"]);
        export.assert_done();
        for other in [Kind::COMPACT_JSON, Kind::ORIGINAL, Kind::Sqlite] {
            let target = Program::start(other).await;
            assert_eq!(import(&target, &export.stdout), [6, 2, 1, 0]);
            let again = target.run(&["export"]);
            assert_eq!(without_positions(&again.stdout), without_positions(&export.stdout));
            target.run(&["--quiet", "verify"]).assert_done();
            // And back.
            let back = Program::start(kind).await;
            import(&back, &again.stdout);
            assert_eq!(
                without_positions(&back.run(&["export"]).stdout),
                without_positions(&export.stdout)
            );
        }
    }
}

async fn an_import_that_was_cut_off_is_resumed_and_repeated_without_effect(kind: Kind) {
    let source = filled(kind).await;
    let export = source.run(&["export"]).stdout;
    let target = Program::start(kind).await;
    let begun = export.lines().take(3).collect::<Vec<_>>().join("\n");
    import(&target, &begun);
    assert_eq!(import(&target, &export).last(), Some(&3));
    let exported = target.run(&["export"]).stdout;
    assert_eq!(without_positions(&exported), without_positions(&export));
    assert_eq!(import(&target, &format!("{export}{export}")), [0, 0, 0, 18]);
    assert_eq!(target.run(&["export"]).stdout, exported);
}

async fn one_stream_is_exported_with_its_links(kind: Kind) {
    let source = filled(kind).await;
    let export = source.run(&["export", "--stream", "mixed"]);
    let lines = export.json_lines();
    assert_eq!(lines.len(), 4);
    assert!(lines[1].get("link").is_some(), "{export:?}");
    source
        .run(&["export", "--stream", "absent"])
        .assert_refused(4, "does not exist");
    source
        .run(&["export", "--stream", "deleted"])
        .assert_refused(4, "deleted");
}

/// Stores bytes that no store of JSON can keep, and exports them.
async fn export_of_bytes(source: &Program) -> String {
    let event = |data: &'static [u8]| NewEvent::new(Uuid::now_v7(), EventType::new("T").unwrap(), data);
    let events = vec![
        event(b"\xff\0"),
        event(b" 1 ").with_metadata(&b"null"[..]),
        event(b"{\n}"),
        event(b"4"),
    ];
    let append = Append::new(StreamName::new("s").unwrap(), ExpectedVersion::Any, events).unwrap();
    source.connect().await.append(append).await.unwrap();
    source.run(&["export"]).stdout
}

async fn bytes_that_are_no_json_survive(kind: Kind) {
    let export = export_of_bytes(&Program::start(kind).await).await;
    let target = Program::start(kind).await;
    assert_eq!(import(&target, &export), [4, 0, 0, 0]);
    assert_eq!(target.run(&["export"]).stdout, export);
}

#[tokio::test]
async fn bytes_that_are_no_json_are_refused_by_a_store_of_json() {
    for kind in Kind::ALL {
        let export = export_of_bytes(&Program::start(kind).await).await;
        let json = Program::start(Kind::COMPACT_JSON).await;
        json.run_with_input(&["import", "-"], &export)
            .assert_refused(2, "invalid data: event");
        json.assert_nothing_is_stored();
    }
}

async fn what_is_no_export_is_refused_by_line(kind: Kind) {
    let program = Program::start(kind).await;
    let refused = program.run_with_input(&["import", "-"], "\n{\"deleted\":\"s\"}\n{\"type\":\"A\"}\n");
    refused.assert_refused(2, "line 3: unknown field `type`");
    program
        .run(&["import", "/nowhere/export.jsonl"])
        .assert_refused(2, "cannot read \"/nowhere/export.jsonl\"");
    let link = r#"{"link":"l","event_id":"00000000-0000-0000-0000-000000000001"}"#;
    program
        .run_with_input(&["import", "-"], link)
        .assert_refused(4, "no events");
}

fn event_line(id: u32, stream: &str, version: &str) -> String {
    format!(
        r#"{{"event_id":"00000000-0000-0000-0000-{id:012}","stream":"{stream}",{version}"event_type":"T","data":1}}"#
    )
}

#[tokio::test]
async fn what_conflicts_with_what_is_stored_is_counted_and_refused_unless_it_may_be_skipped() {
    for kind in Kind::ALL {
        let target = Program::start(kind).await;
        let first = [
            event_line(1, "s", r#""stream_version":1,"#),
            event_line(2, "s", r#""stream_version":2,"#),
        ]
        .join("\n");
        assert_eq!(import(&target, &first), [2, 0, 0, 0]);

        let elsewhere = event_line(1, "other", "");
        let descending =
            [(3, 5), (4, 4)].map(|(id, version)| event_line(id, "t", &format!(r#""stream_version":{version},"#)));
        let last = event_line(5, "u", r#""stream_version":9223372036854775807,"#);
        let moved = event_line(2, "s", r#""stream_version":1,"#);
        for (lines, reason) in [
            (
                &elsewhere,
                "1 ids are stored in other streams (event 00000000-0000-0000-0000-000000000001 of the stream ",
            ),
            (&descending.join("\n"), "2 versions would change"),
            (&last, "9223372036854775807 would be 1"),
            (&moved, "of the stream s: 1 would be 2"),
            (
                &format!("{first}\n{}", event_line(2, "v", "")),
                "1 ids are stored in other streams",
            ),
        ] {
            target.run_with_input(&["import", "-"], lines).assert_refused(2, reason);
        }
        assert_eq!(target.run(&["export"]).json_lines().len(), 2);

        let lines = [elsewhere, descending.join("\n"), last, moved, event_line(6, "u", "")].join("\n");
        let summary = target
            .run_with_input(&["import", "-", "--skip-conflicts"], &lines)
            .json_lines()[0]
            .clone();
        let counts = ["events", "skipped", "elsewhere", "renumbered"].map(|key| summary[key].as_u64().unwrap());
        assert_eq!(counts, [4, 1, 1, 4]);
        target.run(&["--quiet", "verify"]).assert_done();
    }
}
