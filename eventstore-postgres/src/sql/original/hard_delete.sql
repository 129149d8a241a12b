WITH own AS MATERIALIZED (
    SELECT event_id
    FROM {schema}.stream_events
    WHERE stream_id = $1 AND original_stream_id = $1
),
places_of_own AS (
    DELETE FROM {schema}.stream_events AS placed
    USING own
    WHERE placed.event_id = own.event_id
),
links_in_stream AS (
    DELETE FROM {schema}.stream_events WHERE stream_id = $1 AND original_stream_id <> $1
),
events_of_stream AS (
    DELETE FROM {schema}.events AS event
    USING own
    WHERE event.event_id = own.event_id
),
snapshot_of_stream AS (
    DELETE FROM {schema}.snapshots
    WHERE source_uuid = (SELECT stream_uuid FROM {schema}.streams WHERE stream_id = $1)
)
DELETE FROM {schema}.streams WHERE stream_id = $1
