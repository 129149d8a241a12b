use serde_json::json;

use crate::kind::Kind;
use crate::portable::filled;
use crate::program::Program;

on_each_backend![an_event_that_is_not_stored_is_not_found,];

const ID: &str = "00000000-0000-0000-0000-000000000001";

#[tokio::test]
async fn an_event_is_printed_whole_with_every_stream_that_holds_it() {
    for kind in Kind::ALL {
        let program = filled(kind).await;
        let line = program.run(&["event", ID]).json_lines().remove(0);
        let in_all = &program.run(&["read", "ä,1"]).json_lines()[0];
        assert_eq!((&line["data"], &line["stream"]), (&in_all["data"], &json!("ä,1")));
        let streams = json!([
            {"stream": "ä,1", "number": 1, "deleted": false},
            {"stream": "links", "number": 1, "deleted": false},
            {"stream": "mixed", "number": 2, "deleted": false},
        ]);
        assert_eq!(line["streams"], streams);
        program.run(&["--quiet", "delete", "links"]).assert_done();
        let line = &program.run(&["event", ID]).json_lines()[0];
        assert_eq!(line["streams"][1]["deleted"], json!(true));
        let outcome = program.run(&["event", ID, "--format", "table"]);
        outcome.assert_done();
        assert!(
            outcome.stdout.contains("in stream       \"mixed\" at 2\n"),
            "{outcome:?}"
        );
    }
}

async fn an_event_that_is_not_stored_is_not_found(kind: Kind) {
    let program = Program::start(kind).await;
    program.run(&["event", ID]).assert_refused(4, ID);
    program.run(&["event", "7"]).assert_refused(2, "<ID>");
}
