//! The tables of the `original` layout, to the letter.

use std::collections::BTreeSet;

use eventstore_postgres::{DataType, Layout};

use crate::support::Fixture;

/// What is ours beside the tables: the other library neither makes nor needs it.
const ADDITIONS: [&str; 5] = [
    "event_store_truncate",
    "no_rename_streams",
    "no_truncate_events",
    "no_truncate_stream_events",
    "no_truncate_streams",
];

/// What every lease begins: the other library names the columns that it reads and writes.
const ADDED_COLUMN: &str = "subscriptions.6.lease_epoch";

/// How the names of our tables and their constraints begin.
const PREFIX: &str = "eventstore_";

/// Stands in a description for the type of the payload columns.
const PAYLOAD: &str = "{payload}";

/// Asserts that a query for a name and a description answers just so, beside what is ours, with either type of payloads.
async fn assert_described(query: &'static str, expected: &[(&str, &str)]) {
    for data_type in [DataType::Bytea, DataType::Jsonb] {
        let fixture = Fixture::of_kind(Layout::Original, data_type).await;
        let of_type = |(name, what): &(&str, &str)| {
            let what = what.replace(PAYLOAD, &data_type.to_string());
            ((*name).to_owned(), what)
        };
        let expected: BTreeSet<_> = expected.iter().map(of_type).collect();
        assert_eq!(described(&fixture, query).await, expected);
    }
}

async fn described(fixture: &Fixture, query: &'static str) -> BTreeSet<(String, String)> {
    let rows: Vec<(String, String)> = sqlx::query_as(query)
        .fetch_all(&mut fixture.session().await)
        .await
        .unwrap();
    let is_original = |(name, _): &(String, String)| {
        let table = name.split('.').next().unwrap_or_default();
        !ADDITIONS.contains(&table) && !table.starts_with(PREFIX) && name != ADDED_COLUMN
    };
    rows.into_iter().filter(is_original).collect()
}

/// Behaviours: R12.1, R12.2, R12.3, R12.4, R12.5, R12.6.
#[tokio::test]
async fn columns_have_their_types_nullability_and_defaults() {
    let query = "SELECT attrelid::regclass || '.' || attnum || '.' || attname,
            format_type(atttypid, atttypmod) || CASE WHEN attnotnull THEN ' not null' ELSE '' END
                || coalesce(' default ' || pg_get_expr(adbin, adrelid), '')
        FROM pg_attribute
        JOIN pg_class ON pg_class.oid = attrelid
        LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0";
    let now = "timestamp with time zone not null default now()";
    let expected = [
        (
            "streams.1.stream_id",
            "bigint not null default nextval('streams_stream_id_seq'::regclass)",
        ),
        ("streams.2.stream_uuid", "text not null"),
        ("streams.3.stream_version", "bigint not null default 0"),
        ("streams.4.created_at", now),
        ("streams.5.deleted_at", "timestamp with time zone"),
        ("events.1.event_id", "uuid not null"),
        ("events.2.event_type", "text not null"),
        ("events.3.causation_id", "uuid"),
        ("events.4.correlation_id", "uuid"),
        ("events.5.data", "{payload} not null"),
        ("events.6.metadata", "{payload}"),
        ("events.7.created_at", now),
        ("stream_events.1.event_id", "uuid not null"),
        ("stream_events.2.stream_id", "bigint not null"),
        ("stream_events.3.stream_version", "bigint not null"),
        ("stream_events.4.original_stream_id", "bigint"),
        ("stream_events.5.original_stream_version", "bigint"),
        (
            "subscriptions.1.subscription_id",
            "bigint not null default nextval('subscriptions_subscription_id_seq'::regclass)",
        ),
        ("subscriptions.2.stream_uuid", "text not null"),
        ("subscriptions.3.subscription_name", "text not null"),
        ("subscriptions.4.last_seen", "bigint"),
        ("subscriptions.5.created_at", now),
        ("snapshots.1.source_uuid", "text not null"),
        ("snapshots.2.source_version", "bigint not null"),
        ("snapshots.3.source_type", "text not null"),
        ("snapshots.4.data", "{payload} not null"),
        ("snapshots.5.metadata", "{payload}"),
        ("snapshots.6.created_at", now),
        ("schema_migrations.1.major_version", "integer not null"),
        ("schema_migrations.2.minor_version", "integer not null"),
        ("schema_migrations.3.patch_version", "integer not null"),
        ("schema_migrations.4.migrated_at", now),
    ];
    assert_described(query, &expected).await;
}

/// Behaviours: R12.1, R12.2, R12.3, R12.4, R12.5, R12.6.
#[tokio::test]
async fn constraints_have_their_names_and_definitions() {
    let query = "SELECT conname::text, conrelid::regclass || ' ' || pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'u', 'f', 'c', 'x')";
    let expected = [
        ("streams_pkey", "streams PRIMARY KEY (stream_id)"),
        ("events_pkey", "events PRIMARY KEY (event_id)"),
        ("stream_events_pkey", "stream_events PRIMARY KEY (event_id, stream_id)"),
        (
            "stream_events_event_id_fkey",
            "stream_events FOREIGN KEY (event_id) REFERENCES events(event_id)",
        ),
        (
            "stream_events_stream_id_fkey",
            "stream_events FOREIGN KEY (stream_id) REFERENCES streams(stream_id)",
        ),
        (
            "stream_events_original_stream_id_fkey",
            "stream_events FOREIGN KEY (original_stream_id) REFERENCES streams(stream_id)",
        ),
        ("subscriptions_pkey", "subscriptions PRIMARY KEY (subscription_id)"),
        ("snapshots_pkey", "snapshots PRIMARY KEY (source_uuid)"),
        (
            "schema_migrations_pkey",
            "schema_migrations PRIMARY KEY (major_version, minor_version, patch_version)",
        ),
    ];
    assert_described(query, &expected).await;
}

/// Behaviours: R12.1, R12.3, R12.4.
#[tokio::test]
async fn indexes_have_their_names_and_definitions() {
    let query = "SELECT indexname::text, indexdef FROM pg_indexes
        WHERE schemaname = 'public' AND indexname NOT LIKE '%\\_pkey'";
    let expected = [
        (
            "ix_streams_stream_uuid",
            "CREATE UNIQUE INDEX ix_streams_stream_uuid ON public.streams USING btree (stream_uuid)",
        ),
        (
            "ix_stream_events",
            "CREATE UNIQUE INDEX ix_stream_events ON public.stream_events USING btree (stream_id, stream_version)",
        ),
        (
            "ix_subscriptions_stream_uuid_subscription_name",
            "CREATE UNIQUE INDEX ix_subscriptions_stream_uuid_subscription_name ON public.subscriptions \
             USING btree (stream_uuid, subscription_name)",
        ),
    ];
    assert_described(query, &expected).await;
}

/// Behaviours: R12.8.
#[tokio::test]
async fn triggers_have_their_names_and_definitions() {
    let query = "SELECT tgname::text, regexp_replace(pg_get_triggerdef(oid), '^CREATE TRIGGER \\w+ ', '')
        FROM pg_trigger WHERE NOT tgisinternal";
    let expected = [
        (
            "no_update_events",
            "BEFORE UPDATE ON public.events FOR EACH STATEMENT \
             EXECUTE FUNCTION event_store_exception('Cannot update events')",
        ),
        (
            "no_delete_events",
            "BEFORE DELETE ON public.events FOR EACH STATEMENT EXECUTE FUNCTION event_store_delete('Cannot delete events')",
        ),
        (
            "no_update_stream_events",
            "BEFORE UPDATE ON public.stream_events FOR EACH STATEMENT \
             EXECUTE FUNCTION event_store_exception('Cannot update stream events')",
        ),
        (
            "no_delete_stream_events",
            "BEFORE DELETE ON public.stream_events FOR EACH STATEMENT \
             EXECUTE FUNCTION event_store_delete('Cannot delete stream events')",
        ),
        (
            "no_delete_streams",
            "BEFORE DELETE ON public.streams FOR EACH STATEMENT \
             EXECUTE FUNCTION event_store_delete('Cannot delete streams')",
        ),
        (
            "event_notification",
            "AFTER INSERT OR UPDATE ON public.streams FOR EACH ROW EXECUTE FUNCTION notify_events()",
        ),
    ];
    assert_described(query, &expected).await;
}

/// Behaviours: R12.7.
#[tokio::test]
async fn functions_are_triggers_in_plpgsql() {
    let query = "SELECT proname::text, prorettype::regtype || ' ' || lanname || ' ' || pronargs
        FROM pg_proc JOIN pg_language ON pg_language.oid = prolang WHERE pronamespace = 'public'::regnamespace";
    let expected =
        ["event_store_exception", "event_store_delete", "notify_events"].map(|name| (name, "trigger plpgsql 0"));
    assert_described(query, &expected).await;
}

#[tokio::test]
async fn nothing_else_is_in_the_schema() {
    let query = "SELECT relname::text, relkind::text FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind <> 'i'";
    let tables = [
        "streams",
        "events",
        "stream_events",
        "subscriptions",
        "snapshots",
        "schema_migrations",
    ];
    let sequences = ["streams_stream_id_seq", "subscriptions_subscription_id_seq"];
    let expected: Vec<_> = tables
        .map(|name| (name, "r"))
        .into_iter()
        .chain(sequences.map(|name| (name, "S")))
        .collect();
    assert_described(query, &expected).await;
}

/// Behaviours: R1.5, R1.7, R12.1, R12.6.
#[tokio::test]
async fn a_new_store_holds_the_global_stream_and_one_migration() {
    let streams =
        "SELECT stream_id || ' ' || stream_uuid, stream_version || coalesce(deleted_at::text, '') FROM streams";
    assert_described(streams, &[("0 $all", "0")]).await;
    let migrations =
        "SELECT 'version', concat_ws('.', major_version, minor_version, patch_version) FROM schema_migrations";
    assert_described(migrations, &[("version", "1.3.2")]).await;
    let sequence =
        "SELECT 'next', CASE WHEN is_called THEN 'used' ELSE last_value::text END FROM streams_stream_id_seq";
    assert_described(sequence, &[("next", "1")]).await;
}
