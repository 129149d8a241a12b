-- What any role may see. No row of the store is read, so it costs the same however many events there are.
WITH tables AS (
    SELECT
        sum(pg_total_relation_size(relid))::bigint AS bytes_on_disk,
        sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint AS rows_read,
        (sum(n_tup_ins) FILTER (WHERE relname = 'events'))::bigint AS rows_appended
    FROM pg_catalog.pg_stat_user_tables
    -- The schema may hold tables of the application as well.
    WHERE schemaname = $1 AND (relname = ANY ($2) OR relname LIKE 'eventstore\_%')
)
SELECT
    tables.bytes_on_disk,
    (
        SELECT count(*)
        FROM pg_catalog.pg_stat_activity
        -- What the server runs for itself has no user. The column that names its kind is hidden from other roles.
        WHERE datid = database.oid AND usesysid IS NOT NULL
    ) AS connections,
    CASE
        WHEN database.datconnlimit < 0 THEN current_setting('max_connections')::bigint
        ELSE least(database.datconnlimit, current_setting('max_connections')::bigint)
    END AS connection_limit,
    CASE WHEN counts.is_on THEN pg_stat_get_db_xact_commit(database.oid) END AS commits,
    CASE WHEN counts.is_on THEN tables.rows_read END AS rows_read,
    CASE WHEN counts.is_on THEN tables.rows_appended END AS rows_appended
FROM tables
CROSS JOIN (SELECT current_setting('track_counts')::boolean AS is_on) AS counts
CROSS JOIN pg_catalog.pg_database AS database
WHERE database.datname = current_database()
