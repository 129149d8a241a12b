-- A step is a number of entries and not a range of versions, because links leave gaps when their events are deleted.
WITH reached AS MATERIALIZED (
    SELECT max(stream_version) AS version
    FROM (
        (
            SELECT stream_version
            FROM {schema}.events
            WHERE stream_id = $1 AND stream_version > $2
            ORDER BY stream_version
            LIMIT $3
        )
        UNION ALL
        (
            SELECT stream_version
            FROM {schema}.links
            WHERE stream_id = $1 AND stream_version > $2
            ORDER BY stream_version
            LIMIT $3
        )
        ORDER BY stream_version
        LIMIT $3
    ) AS next
),
doomed AS MATERIALIZED (
    SELECT position
    FROM {schema}.events
    WHERE stream_id = $1 AND stream_version > $2 AND stream_version <= (SELECT version FROM reached)
),
links_to_events AS (
    DELETE FROM {schema}.links AS link
    USING doomed
    WHERE link.position = doomed.position
),
links_in_stream AS (
    DELETE FROM {schema}.links
    WHERE stream_id = $1 AND stream_version > $2 AND stream_version <= (SELECT version FROM reached)
),
events_of_stream AS (
    DELETE FROM {schema}.events AS event
    USING doomed
    WHERE event.position = doomed.position
)
SELECT version FROM reached
