DELETE FROM {schema}.eventstore_compact_links AS copied
WHERE NOT EXISTS (
    SELECT
    FROM {schema}.stream_events AS link
    JOIN {schema}.stream_events AS placed ON placed.event_id = link.event_id AND placed.stream_id = 0
    WHERE link.stream_id = copied.stream_id
        AND link.stream_version = copied.stream_version
        AND placed.stream_version = copied.position
)
