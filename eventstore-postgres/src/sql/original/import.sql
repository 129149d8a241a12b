WITH candidate AS MATERIALIZED (
    SELECT
        event.created_at, event.event_id, event.causation_id, event.correlation_id, event.event_type, event.data,
        event.metadata, event.name, event.version, event.number,
        stream.stream_id, stream.stream_version AS version_before, stream.deleted_at,
        known.is_stored, known.stream_id AS known_stream_id, known.stream_version AS known_version
    FROM unnest(
        $1::timestamptz[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::{payload}[], $7::{payload}[], $8::text[],
        $9::bigint[]
    ) WITH ORDINALITY AS event (
        created_at, event_id, causation_id, correlation_id, event_type, data, metadata, name, version, number
    )
    CROSS JOIN LATERAL (
        SELECT stream_id, stream_version, deleted_at FROM {schema}.streams WHERE stream_uuid = event.name LIMIT 1
    ) AS stream
    LEFT JOIN LATERAL (
        SELECT
            true AS is_stored,
            (
                SELECT placed.stream_id
                FROM {schema}.stream_events AS placed
                WHERE placed.event_id = stored.event_id AND placed.original_stream_id = placed.stream_id
                LIMIT 1
            ) AS stream_id,
            (
                SELECT placed.stream_version
                FROM {schema}.stream_events AS placed
                WHERE placed.event_id = stored.event_id AND placed.original_stream_id = placed.stream_id
                LIMIT 1
            ) AS stream_version
        FROM {schema}.events AS stored
        WHERE stored.event_id = event.event_id
        LIMIT 1
    ) AS known ON true
),
incoming AS MATERIALIZED (
    SELECT
        created_at, event_id, causation_id, correlation_id, event_type, data, metadata, name, version, stream_id, deleted_at,
        -- The streams are locked: what was read of them holds, and no join has to find it again.
        version_before + row_number() OVER (PARTITION BY stream_id ORDER BY number) AS stream_version,
        row_number() OVER (ORDER BY number) AS number
    FROM candidate
    WHERE is_stored IS NULL
),
-- Those without a version of their own conflict with nothing.
renumbered AS MATERIALIZED (
    SELECT event_id, name, version, stream_version FROM incoming WHERE version <> stream_version
    UNION ALL
    SELECT event_id, name, version, known_version FROM candidate WHERE known_stream_id = stream_id AND version <> known_version
),
elsewhere AS MATERIALIZED (
    SELECT event_id, name FROM candidate WHERE is_stored AND known_stream_id IS DISTINCT FROM stream_id
),
bumped AS (
    UPDATE {schema}.streams AS stream
    SET stream_version = stream.stream_version + counted.count
    FROM (SELECT stream_id, count(*) AS count FROM incoming GROUP BY stream_id) AS counted
    WHERE stream.stream_id = counted.stream_id
),
positioned AS (
    UPDATE {schema}.streams AS stream
    SET stream_version = stream.stream_version + counted.count
    FROM (SELECT count(*) AS count FROM incoming) AS counted
    WHERE stream.stream_id = 0 AND counted.count > 0
    RETURNING stream.stream_version - counted.count AS position_before
),
inserted AS (
    INSERT INTO {schema}.events (
        created_at, event_id, causation_id, correlation_id, event_type, data, metadata
    )
    SELECT
        created_at, event_id, causation_id, correlation_id,
        -- Missing metadata is the encoded null of the other library, which cannot read NULL in a column of bytes.
        event_type, data, coalesce(metadata, CASE WHEN '{payload}' = 'bytea' THEN 'null'::{payload} END)
    FROM incoming
),
placed AS (
    INSERT INTO {schema}.stream_events (
        event_id, stream_id, stream_version, original_stream_id, original_stream_version
    )
    SELECT
        incoming.event_id, place.stream_id, place.stream_version,
        incoming.stream_id, incoming.stream_version
    FROM incoming
    CROSS JOIN positioned
    CROSS JOIN LATERAL (
        VALUES
            (incoming.stream_id, incoming.stream_version),
            (0, positioned.position_before + incoming.number)
    ) AS place (stream_id, stream_version)
)
SELECT
    (SELECT count(*) FROM incoming) AS imported,
    (SELECT min(name) FROM incoming WHERE deleted_at IS NOT NULL) AS deleted,
    (SELECT count(*) FROM elsewhere) AS elsewhere,
    (SELECT 'event ' || event_id || ' of the stream ' || name FROM elsewhere LIMIT 1) AS first_elsewhere,
    (SELECT count(*) FROM renumbered) AS renumbered,
    (
        SELECT 'event ' || event_id || ' of the stream ' || name || ': ' || version || ' would be ' || stream_version
        FROM renumbered
        LIMIT 1
    ) AS first_renumbered
