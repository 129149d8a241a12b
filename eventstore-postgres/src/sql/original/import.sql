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
    (SELECT min(name) FROM incoming WHERE deleted_at IS NOT NULL) AS deleted
