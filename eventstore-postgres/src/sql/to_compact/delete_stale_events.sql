DELETE FROM {schema}.eventstore_compact_events AS copied
WHERE NOT EXISTS (
    SELECT
    FROM {schema}.stream_events AS placed
    WHERE placed.stream_id = 0
        AND placed.stream_version = copied.position
        AND placed.event_id = copied.event_id
        AND placed.original_stream_id = copied.stream_id
        AND placed.original_stream_version = copied.stream_version
)
