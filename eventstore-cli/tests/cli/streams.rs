use serde_json::{Value, json};

use crate::kind::Kind;
use crate::outcome::Outcome;
use crate::program::Program;

on_each_backend![
    events_are_linked_once_and_the_receipt_tells_where,
    a_stream_is_deleted_softly_unless_told_otherwise,
    a_hard_delete_is_confirmed_and_enabled_and_no_setting_forbids_it,
    a_deleted_stream_is_brought_back,
    streams_are_listed_sorted_searched_and_by_pages,
    a_stream_is_described,
];

/// The ids of the events of a stream.
fn ids(program: &Program, stream: &str) -> Vec<String> {
    let events = program.run(&["read", stream]).json_lines();
    let id = |event: &Value| event["event_id"].as_str().unwrap().to_owned();
    events.iter().map(id).collect()
}

async fn events_are_linked_once_and_the_receipt_tells_where(kind: Kind) {
    let program = Program::start(kind).await;
    program.append_numbered("s", 3);
    let ids = ids(&program, "s");
    let link = |arguments: &[&str]| program.run(&[&["link", "links"], arguments].concat());
    let receipt = link(&[&ids[2], &ids[0]]).json_lines();
    assert_eq!(
        receipt,
        [json!({"stream": "links", "first_version": 1, "last_version": 2})]
    );
    assert_eq!(program.data(&["read", "links"]), [3, 1]);

    link(&[&ids[0]]).assert_refused(3, "is in the stream \"links\" already");
    link(&[&ids[1], &ids[1]]).assert_refused(2, "is given twice");
    link(&[&ids[1], "--expected", "7"]).assert_refused(3, "version 2");
    link(&["00000000-0000-0000-0000-000000000001"]).assert_refused(4, "no events");
    link(&["7"]).assert_refused(2, "EVENT_ID");
    link(&[]).assert_refused(2, "EVENT_ID");
    let outcome = link(&[&ids[1], "--format", "table"]);
    assert_eq!(outcome.stdout, "linked into \"links\": now at version 3\n");
}

async fn a_stream_is_deleted_softly_unless_told_otherwise(kind: Kind) {
    let program = Program::start(kind).await;
    program.append_numbered("s", 2);
    program
        .run(&["delete", "s", "--expected", "1"])
        .assert_refused(3, "version 2");
    program
        .run(&["--quiet", "delete", "s", "--expected", "2"])
        .assert_done();
    program.run(&["read", "s"]).assert_refused(4, "deleted");
    program.run(&["delete", "s"]).assert_refused(4, "deleted");
    assert_eq!(program.data(&["read", "$all"]), [1, 2]);
    program
        .run(&["--quiet", "delete", "s", "--hard", "--yes", "--enable-hard-deletes"])
        .assert_done();
    program.assert_nothing_is_stored();
    program
        .run(&["delete", "s", "--hard", "--yes", "--enable-hard-deletes"])
        .assert_refused(4, "does not exist");
}

async fn a_hard_delete_is_confirmed_and_enabled_and_no_setting_forbids_it(kind: Kind) {
    let program = Program::start(kind).await;
    program.append_numbered("s", 1);
    let delete = |setting: Option<&str>, options: &[&str]| {
        let mut command = program.command(&[&["delete", "s", "--hard"], options].concat());
        if let Some(setting) = setting {
            command.env("EVENTSTORE_HARD_DELETES", setting);
        }
        Outcome::from(command.output().unwrap())
    };
    delete(Some("true"), &[]).assert_refused(2, "--yes");
    delete(None, &["--enable-hard-deletes"]).assert_refused(2, "--yes");
    delete(None, &["--yes"]).assert_refused(1, "--enable-hard-deletes");
    delete(Some("false"), &["--yes"]).assert_refused(1, "hard deletes are not enabled");
    delete(Some("false"), &["--yes", "--enable-hard-deletes"]).assert_refused(1, "hard deletes are not enabled");
    assert_eq!(program.data(&["read", "s"]), [1]);
    delete(Some("true"), &["--yes", "--quiet"]).assert_done();
    program.assert_nothing_is_stored();
}

async fn a_deleted_stream_is_brought_back(kind: Kind) {
    let program = Program::start(kind).await;
    program.append_numbered("s", 2);
    program.run(&["--quiet", "delete", "s"]).assert_done();
    program.run(&["read", "s"]).assert_refused(4, "eventstore undelete");
    program.run(&["--quiet", "undelete", "s"]).assert_done();
    assert_eq!(program.data(&["read", "s"]), [1, 2]);
    program.run(&["undelete", "t"]).assert_refused(4, "does not exist");
}

fn names(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["stream"].as_str().unwrap()).collect()
}

async fn streams_are_listed_sorted_searched_and_by_pages(kind: Kind) {
    let program = Program::start(kind).await;
    for (stream, count) in [("b-1", 1), ("a-1", 3), ("a-2", 2)] {
        program.append_numbered(stream, count);
    }
    let list = |arguments: &[&str]| program.run(&[&["streams"], arguments].concat()).json_lines();
    assert_eq!(names(&list(&[])), ["$all", "b-1", "a-1", "a-2"]);
    assert_eq!(
        names(&list(&["--search", "a-", "--sort", "name", "--desc"])),
        ["a-2", "a-1"]
    );
    assert_eq!(
        names(&list(&["--sort", "version", "--page-size", "2", "--page", "2"])),
        ["a-1", "$all"]
    );
    let line = &list(&["--search", "a-1"])[0];
    assert_eq!((&line["version"], &line["deleted_at"]), (&json!(3), &Value::Null));
    let outcome = program.run(&["streams", "--format", "table", "--page-size", "3"]);
    outcome.assert_done();
    assert!(
        outcome.stdout.ends_with("page 1 of 2; streams in all: 4\n"),
        "{outcome:?}"
    );
    program.run(&["streams", "--sort", "size"]).assert_refused(2, "version");
    program.run(&["streams", "--page", "0"]).assert_refused(2, "at least 1");
}

async fn a_stream_is_described(kind: Kind) {
    let program = Program::start(kind).await;
    program.append_numbered("s", 2);
    let info = &program.run(&["info", "s"]).json_lines()[0];
    let keys: Vec<_> = info.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["created_at", "deleted_at", "stream", "stream_id", "version"]);
    assert_eq!((&info["stream"], &info["version"]), (&json!("s"), &json!(2)));
    assert_eq!(program.run(&["info", "$all"]).json_lines()[0]["stream_id"], json!(0));
    program.run(&["info", "t"]).assert_refused(4, "does not exist");
}
