use serde_json::json;

use crate::kind::Kind;
use crate::program::Program;

#[tokio::test]
async fn the_index_on_correlation_ids_is_created_listed_and_dropped() {
    for kind in [Kind::COMPACT, Kind::ORIGINAL] {
        let program = Program::start(kind).await;
        let state = || program.run(&["index", "list"]).json_lines()[0]["state"].clone();
        assert_eq!(state(), json!("absent"));
        program
            .run(&["--quiet", "index", "create", "correlation"])
            .assert_done();
        assert_eq!(state(), json!("valid"));
        let again = program.run(&["index", "create", "correlation"]);
        assert!(again.stderr.contains("existed already"), "{again:?}");
        program
            .run(&["index", "drop", "correlation"])
            .assert_refused(2, "--yes");
        program
            .run(&["--quiet", "index", "drop", "correlation", "--yes"])
            .assert_done();
        assert_eq!(state(), json!("absent"));
        program
            .run(&["index", "create", "other"])
            .assert_refused(2, "correlation");
    }
}
