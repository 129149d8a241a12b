SELECT
    event.event_id,
    source.stream_uuid = $2 OR EXISTS (
        SELECT
        FROM {schema}.links AS link
        JOIN {schema}.streams AS target USING (stream_id)
        WHERE link.position = event.position AND target.stream_uuid = $2
    ) AS is_in_target
FROM {schema}.events AS event
JOIN {schema}.streams AS source USING (stream_id)
WHERE event.event_id = ANY($1)
