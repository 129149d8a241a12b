//! What the server does for a page does not depend on how many streams there are.

use std::fmt::Write;
use std::time::Duration;

use eventstore_testkit::TestDatabase;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Executor, PgConnection, Row};

use crate::connection::connect;
use crate::sql::{Preparation, Sql, Statements};
use crate::{DataType, EventIndex, Layout, PostgresAdmin, PostgresConfig};

/// A hundred streams of a hundred events each, one more of its own events and one of links. The names are so long that
/// the streams fill more pages than a lookup in an index costs. The planner rightly reads a smaller table as a whole.
const FEW_STREAMS: &str = "
    ALTER TABLE streams DISABLE TRIGGER USER;
    INSERT INTO streams (stream_uuid) SELECT 'order-' || n || repeat('.', 1000) FROM generate_series(1, 100) AS n;
    INSERT INTO streams (stream_uuid) VALUES ('own'), ('links')";

/// How many streams are added then.
const MANY_STREAMS: &str = "
    DROP INDEX ix_streams_stream_uuid;
    INSERT INTO streams (stream_uuid) SELECT 'bill-' || n FROM generate_series(1, 1000000) AS n;
    CREATE UNIQUE INDEX ix_streams_stream_uuid ON streams (stream_uuid)";

/// Ten thousand events: number n in the stream with the id 1 + n % 101, the one before the stream of links included.
const EVENTS_COMPACT: &str = "
    INSERT INTO events
        (position, stream_id, stream_version, created_at, event_id, causation_id, correlation_id, event_type, data)
    SELECT n, 1 + n % 101, 1 + n / 101, '2024-01-01Z'::timestamptz + n * interval '1 second', gen_random_uuid(),
        CASE WHEN n % 2 = 0 THEN md5((n % 1000)::text)::uuid END,
        CASE WHEN n % 2 = 0 THEN md5((n % 500)::text)::uuid END, 'Type' || n % 3, convert_to(repeat('x', 100), 'UTF8')
    FROM generate_series(1, 10000) AS n;
    INSERT INTO links (stream_id, stream_version, position) SELECT 102, n, n * 2 FROM generate_series(1, 5000) AS n";

const EVENTS_ORIGINAL: &str = "
    INSERT INTO events (event_id, created_at, causation_id, correlation_id, event_type, data)
    SELECT md5('event ' || n)::uuid, '2024-01-01Z'::timestamptz + n * interval '1 second',
        CASE WHEN n % 2 = 0 THEN md5((n % 1000)::text)::uuid END,
        CASE WHEN n % 2 = 0 THEN md5((n % 500)::text)::uuid END, 'Type' || n % 3, convert_to(repeat('x', 100), 'UTF8')
    FROM generate_series(1, 10000) AS n;
    INSERT INTO stream_events (event_id, stream_id, stream_version, original_stream_id, original_stream_version)
    SELECT md5('event ' || n)::uuid, stream_id, stream_version, 1 + n % 101, 1 + n / 101
    FROM generate_series(1, 10000) AS n, LATERAL (
        VALUES (0, n), (1 + n % 101, 1 + n / 101), (CASE WHEN n % 2 = 0 THEN 102 END, n / 2)
    ) AS place (stream_id, stream_version)
    WHERE stream_id IS NOT NULL";

const HEADS: &str = "
    UPDATE streams SET stream_version = 10000 WHERE stream_id = 0;
    UPDATE streams SET stream_version = 100 WHERE stream_id BETWEEN 1 AND 101;
    UPDATE streams SET stream_version = 5000 WHERE stream_uuid = 'links'";

/// Types, correlation id, prefix and category of filters.
const CONDITIONS: [&str; 6] = [
    "ARRAY['Type1'], NULL, NULL, NULL",
    "ARRAY['Unknown'], NULL, NULL, NULL",
    "NULL, '00000000-0000-0000-0000-000000000001', NULL, NULL",
    "NULL, NULL, 'order-1', NULL",
    "NULL, NULL, NULL, 'bill'",
    "ARRAY['Type1', 'Type2'], '00000000-0000-0000-0000-000000000001', 'order-', 'order'",
];

/// Begin, end, and what is before a page of streams.
const LISTS_BY_NAME: [&str; 3] = [
    "'', NULL, NULL, 10",
    "'order-1', 'order-2', NULL, 10",
    "'order-15', 'order-2', 'order-15', 10",
];

/// A small part of the events: a window that holds nearly all of them the planner reads as a whole, and rightly.
const WINDOW: u32 = 500;

const FROM_THE_BEGIN: &str = "1, 1000";

/// The size up to which payloads are sent at once.
const SHARE: u32 = 4_194;
const FROM_THE_END: &str = "9223372036854775807, 1000";
const MODES: [&str; 2] = ["force_custom_plan", "force_generic_plan"];

#[tokio::test]
async fn no_page_of_the_compact_layout_costs_more_with_more_streams() {
    compare_plans(Layout::Compact, EVENTS_COMPACT).await;
}

#[tokio::test]
async fn no_page_of_the_original_layout_costs_more_with_more_streams() {
    compare_plans(Layout::Original, EVENTS_ORIGINAL).await;
}

async fn compare_plans(layout: Layout, events: &'static str) {
    let database = TestDatabase::create().await;
    let config = PostgresConfig::from_url(database.url())
        .unwrap()
        .with_statement_timeout(Duration::ZERO);
    PostgresAdmin::new(config.clone())
        .initialize(layout, DataType::Bytea)
        .await
        .unwrap();
    for index in EventIndex::ALL {
        PostgresAdmin::new(config.clone()).create_index(index).await.unwrap();
    }
    let statements = Statements::new(config.schema(), layout, DataType::Bytea, Preparation::Lasting);
    let mut connection = connect(&config, "plans").await.unwrap();

    for script in [FEW_STREAMS, events, HEADS, "ANALYZE"] {
        connection.execute(script).await.unwrap();
    }
    let mut pages = pages(&statements);
    if layout == Layout::Compact {
        // In the layout `original`, the index on names is in another order.
        pages.extend(LISTS_BY_NAME.map(|list| ("streams by name", &statements.streams_by_name, list.to_owned())));
    }
    let with_few = plans(&mut connection, &pages).await;
    for script in [MANY_STREAMS, "ANALYZE"] {
        connection.execute(script).await.unwrap();
    }
    let with_many = plans(&mut connection, &pages).await;

    assert_eq!(with_few.len(), with_many.len());
    for ((page, few), (_, many)) in with_few.into_iter().zip(with_many) {
        assert!(few == many, "{page}: with 100 streams\n{few}\nwith 1,000,000\n{many}");
        assert!(!many.contains("Seq Scan") && !many.contains("Hash"), "{page}:\n{many}");
    }
}

/// The plan of each statement that reads a page or finds a time, by what it is asked.
async fn plans(connection: &mut PgConnection, pages: &[(&str, &Sql, String)]) -> Vec<(String, String)> {
    let mut plans = Vec::new();
    for (name, sql, arguments) in pages {
        for mode in MODES {
            let plan = explain(connection, sql, arguments, mode).await;
            plans.push((format!("{name} ({arguments}) with {mode}"), plan));
        }
    }
    plans
}

fn pages(statements: &Statements) -> Vec<(&'static str, &Sql, String)> {
    let streams = ["'own'", "'links'"];
    let time = format!("1, {WINDOW}, '2024-01-01T01:00:00Z'");
    let mut pages = vec![
        (
            "a page of all",
            &statements.read_all_forward,
            format!("{FROM_THE_BEGIN}, {SHARE}"),
        ),
        (
            "a page of all",
            &statements.read_all_backward,
            format!("{FROM_THE_END}, {SHARE}"),
        ),
        ("a time in all", &statements.time_all, time.clone()),
        (
            "payloads",
            &statements.read_payloads,
            "ARRAY[gen_random_uuid(), gen_random_uuid()], '{0, 10}', 8388608".to_owned(),
        ),
        (
            "what is caused",
            &statements.caused_all,
            format!("{FROM_THE_BEGIN}, '00000000-0000-0000-0000-000000000001', {SHARE}"),
        ),
        ("the newest streams", &statements.newest_streams, "100, 10".to_owned()),
    ];
    for stream in streams {
        pages.extend([
            (
                "a page",
                &statements.read_stream_forward,
                format!("{FROM_THE_BEGIN}, {stream}, {SHARE}, false"),
            ),
            (
                "a page",
                &statements.read_stream_backward,
                format!("{FROM_THE_END}, {stream}, {SHARE}, false"),
            ),
            ("a time", &statements.time_stream, format!("{time}, {stream}")),
        ]);
    }
    for conditions in CONDITIONS {
        let forward = format!("{FROM_THE_BEGIN}, {conditions}");
        let backward = format!("{FROM_THE_END}, {conditions}");
        pages.extend([
            (
                "what matches of all",
                &statements.filter_all_forward,
                format!("{forward}, {WINDOW}, {SHARE}"),
            ),
            (
                "what matches of all",
                &statements.filter_all_backward,
                format!("{backward}, {WINDOW}, {SHARE}"),
            ),
        ]);
        for stream in streams {
            pages.extend([
                (
                    "what matches",
                    &statements.filter_stream_forward,
                    format!("{forward}, {WINDOW}, {stream}, {SHARE}, false"),
                ),
                (
                    "what matches",
                    &statements.filter_stream_backward,
                    format!("{backward}, {WINDOW}, {stream}, {SHARE}, false"),
                ),
            ]);
        }
        if conditions.contains("0000") {
            pages.extend([
                (
                    "what is correlated",
                    &statements.correlated_all_forward,
                    format!("{forward}, {SHARE}"),
                ),
                (
                    "what is correlated",
                    &statements.correlated_all_backward,
                    format!("{backward}, {SHARE}"),
                ),
            ]);
        }
    }
    pages
}

async fn explain(connection: &mut PgConnection, sql: &Sql, arguments: &str, mode: &str) -> String {
    let text = sql.text().0;
    let prepare = format!("SET plan_cache_mode = {mode}; PREPARE page AS {text}");
    connection.execute(AssertSqlSafe(prepare)).await.unwrap();
    let execute = format!("EXPLAIN (FORMAT JSON) EXECUTE page ({arguments})");
    let row = connection.fetch_one(AssertSqlSafe(execute)).await.unwrap();
    let answer: String = row.try_get_unchecked(0).unwrap();
    connection.execute("DEALLOCATE page").await.unwrap();
    let plans: Value = serde_json::from_str(&answer).unwrap();
    let mut tree = String::new();
    write_node(&mut tree, &plans[0]["Plan"], 0);
    tree
}

/// One line for each node: what it does, and with which table or index.
fn write_node(tree: &mut String, node: &Value, depth: usize) {
    let told = [
        "Parent Relationship",
        "Node Type",
        "Scan Direction",
        "Relation Name",
        "Index Name",
    ];
    let words: Vec<_> = told.iter().filter_map(|key| node[*key].as_str()).collect();
    writeln!(tree, "{:indent$}{}", "", words.join(" "), indent = 2 * depth).unwrap();
    for child in node["Plans"].as_array().into_iter().flatten() {
        write_node(tree, child, depth + 1);
    }
}
