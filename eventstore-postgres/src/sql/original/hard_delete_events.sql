WITH reached AS MATERIALIZED (
    SELECT max(stream_version) AS version
    FROM (
        SELECT stream_version
        FROM {schema}.stream_events
        WHERE stream_id = $1 AND stream_version > $2
        ORDER BY stream_version
        LIMIT $3
    ) AS next
),
doomed AS MATERIALIZED (
    SELECT event_id
    FROM {schema}.stream_events
    WHERE
        stream_id = $1 AND stream_version > $2 AND stream_version <= (SELECT version FROM reached)
        AND original_stream_id = $1
),
places_of_own AS (
    DELETE FROM {schema}.stream_events AS placed
    USING doomed
    WHERE placed.event_id = doomed.event_id
),
links_in_stream AS (
    DELETE FROM {schema}.stream_events
    WHERE
        stream_id = $1 AND stream_version > $2 AND stream_version <= (SELECT version FROM reached)
        AND original_stream_id <> $1
),
events_of_stream AS (
    DELETE FROM {schema}.events AS event
    USING doomed
    WHERE event.event_id = doomed.event_id
)
SELECT version FROM reached
