//! What SQLite does for a page does not depend on how many events and streams there are.

use rusqlite::{Connection, params_from_iter};

use crate::sql;

/// Ten thousand events in a hundred streams, and a stream of links to half of them.
const EVENTS: &str = "
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 100)
    INSERT INTO eventstore_streams (name, version, created_at) SELECT 'order-' || n, 100, 0 FROM numbers;
    INSERT INTO eventstore_streams (name, version, created_at) VALUES ('links', 5000, 0);
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 10000)
    INSERT INTO eventstore_events
        (position, stream_id, stream_version, event_id, event_type, correlation_id, created_at, data)
    SELECT n, 1 + n % 100, 1 + n / 100, randomblob(16), 'Type' || n % 3,
        CASE WHEN n % 2 = 0 THEN unhex(printf('%032d', n % 500)) END, n, zeroblob(100)
    FROM numbers;
    INSERT INTO eventstore_links (stream_id, stream_version, position)
    SELECT 101, position / 2, position FROM eventstore_events WHERE position % 2 = 0";

const PAGES: [(&str, &str); 12] = [
    ("all forward", sql::READ_ALL_FORWARD),
    ("all backward", sql::READ_ALL_BACKWARD),
    ("correlated forward", sql::READ_CORRELATED_FORWARD),
    ("correlated backward", sql::READ_CORRELATED_BACKWARD),
    ("caused", sql::READ_CAUSED),
    ("stream forward", sql::READ_STREAM_FORWARD),
    ("stream backward", sql::READ_STREAM_BACKWARD),
    ("event", sql::FIND_EVENT),
    ("time in all", sql::TIME_ALL),
    ("time in a stream", sql::TIME_STREAM),
    ("streams by name", sql::STREAMS_BY_NAME),
    ("newest streams", sql::NEWEST_STREAMS),
];

/// What a plan may read as a whole: the rows of a subquery, and arguments.
const SMALL: [&str; 4] = ["SCAN (subquery", "SCAN json_each", "SCAN wanted", "SCAN CONSTANT ROW"];

#[test]
fn no_page_reads_a_whole_table_or_sorts() {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(sql::CREATE).unwrap();
    connection.execute_batch(sql::CREATE_CAUSATION_INDEX).unwrap();
    assert_plans(&connection);
    // With statistics of the tables, the plans are the same.
    connection.execute_batch(EVENTS).unwrap();
    connection.execute_batch("ANALYZE").unwrap();
    assert_plans(&connection);
}

fn assert_plans(connection: &Connection) {
    for (page, sql) in PAGES {
        let plan = plan(connection, sql);
        assert!(!plan.is_empty());
        for step in &plan {
            let reads_all = step.starts_with("SCAN") && !SMALL.iter().any(|small| step.starts_with(small));
            let sorts = step.contains("TEMP B-TREE") || step.contains("MATERIALIZE");
            assert!(!reads_all && !sorts, "{page}: {step} in {plan:#?}");
        }
    }
}

fn plan(connection: &Connection, sql: &str) -> Vec<String> {
    let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let nothing: Vec<Option<i64>> = vec![None; explain.parameter_count()];
    let steps = explain
        .query_map(params_from_iter(nothing), |row| row.get("detail"))
        .unwrap();
    steps.map(|step| step.unwrap()).collect()
}
