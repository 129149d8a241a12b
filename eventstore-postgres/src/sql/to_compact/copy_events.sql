WITH chunk AS MATERIALIZED (
    SELECT event_id, stream_id, stream_version, original_stream_id, original_stream_version
    FROM {schema}.stream_events
    WHERE stream_id = $1 AND stream_version > $2
    ORDER BY stream_version
    LIMIT $3
),
copied AS (
    INSERT INTO {schema}.eventstore_compact_events (
        position, stream_id, stream_version, created_at,
        event_id, causation_id, correlation_id, event_type, data, metadata
    )
    SELECT
        placed.stream_version, placed.original_stream_id, placed.original_stream_version, event.created_at,
        event.event_id, event.causation_id, event.correlation_id, event.event_type,
        event.data, nullif(event.metadata, 'null')
    FROM chunk AS placed
    CROSS JOIN LATERAL (
        -- The limit keeps the planner from hashing the whole table.
        SELECT * FROM {schema}.events WHERE event_id = placed.event_id LIMIT 1
    ) AS event
    WHERE placed.original_stream_id IS NOT NULL AND placed.original_stream_version IS NOT NULL
    ORDER BY placed.stream_version
    RETURNING position
)
SELECT
    max(stream_id) AS last_stream_id,
    max(stream_version) AS last_version,
    count(*) AS entries,
    (SELECT count(*) FROM copied) AS copied,
    count(*) AS expected
FROM chunk
