WITH incoming AS MATERIALIZED (
    SELECT
        event.created_at, event.event_id, event.causation_id, event.correlation_id, event.event_type, event.data,
        event.metadata, event.name, stream.stream_id, stream.deleted_at,
        -- The streams are locked: what was read of them holds, and no join has to find it again.
        stream.stream_version + row_number() OVER (PARTITION BY stream.stream_id ORDER BY event.number) AS stream_version,
        row_number() OVER (ORDER BY event.number) AS number
    FROM unnest(
        $1::timestamptz[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::{payload}[], $7::{payload}[], $8::text[]
    ) WITH ORDINALITY AS event (
        created_at, event_id, causation_id, correlation_id, event_type, data, metadata, name, number
    )
    CROSS JOIN LATERAL (
        SELECT stream_id, stream_version, deleted_at FROM {schema}.streams WHERE stream_uuid = event.name LIMIT 1
    ) AS stream
    WHERE (SELECT true FROM {schema}.events AS known WHERE known.event_id = event.event_id) IS NULL
),
bumped AS (
    UPDATE {schema}.streams AS stream
    SET stream_version = stream.stream_version + counted.count
    FROM (SELECT stream_id, count(*) AS count FROM incoming GROUP BY stream_id) AS counted
    WHERE stream.stream_id = counted.stream_id
    RETURNING stream.stream_id, stream.stream_uuid AS name, stream.stream_version - counted.count AS version_before, counted.count
),
positioned AS (
    UPDATE {schema}.streams AS stream
    SET stream_version = stream.stream_version + counted.count
    FROM (SELECT count(*) AS count FROM incoming) AS counted
    WHERE stream.stream_id = 0 AND counted.count > 0
    RETURNING stream.stream_version - counted.count AS position_before, stream.stream_version AS position_after
),
inserted AS (
    INSERT INTO {schema}.events (
        position, stream_id, stream_version, created_at,
        event_id, causation_id, correlation_id, event_type, data, metadata
    )
    SELECT
        positioned.position_before + incoming.number,
        incoming.stream_id, incoming.stream_version, incoming.created_at,
        incoming.event_id, incoming.causation_id, incoming.correlation_id, incoming.event_type,
        incoming.data, incoming.metadata
    FROM incoming
    CROSS JOIN positioned
)
SELECT
    (SELECT count(*) FROM incoming) AS imported,
    (SELECT min(name) FROM incoming WHERE deleted_at IS NOT NULL) AS deleted,
    (
        SELECT count(pg_notify(
            {channel}, name || ',' || stream_id || ',' || version_before + 1 || ',' || version_before + count
        ))
        FROM bumped
    ) AS told_of_streams,
    (
        SELECT pg_notify({channel}, '$all,0,' || position_before + 1 || ',' || position_after) FROM positioned
    ) AS told_of_all
