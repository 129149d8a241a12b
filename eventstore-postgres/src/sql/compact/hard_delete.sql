WITH links_to_events AS (
    DELETE FROM {schema}.links AS link
    USING {schema}.events AS event
    WHERE link.position = event.position AND event.stream_id = $1
),
links_of_stream AS (
    DELETE FROM {schema}.links WHERE stream_id = $1
),
events_of_stream AS (
    DELETE FROM {schema}.events WHERE stream_id = $1
),
snapshot_of_stream AS (
    DELETE FROM {schema}.snapshots
    WHERE source_uuid = (SELECT stream_uuid FROM {schema}.streams WHERE stream_id = $1)
)
DELETE FROM {schema}.streams WHERE stream_id = $1
