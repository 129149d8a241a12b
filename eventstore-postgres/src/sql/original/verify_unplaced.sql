SELECT
    count(*) AS entries,
    (array_agg(event_id ORDER BY event_id DESC))[1] AS last_event_id,
    array_agg(event_id ORDER BY event_id) FILTER (WHERE is_unplaced) AS unplaced,
    array_agg(event_id ORDER BY event_id) FILTER (WHERE is_untimely) AS untimely
FROM (
    SELECT
        event.event_id,
        NOT EXISTS (
            SELECT FROM {schema}.stream_events AS placed WHERE placed.event_id = event.event_id
        ) AS is_unplaced,
        event.created_at < '0001-01-01 00:00:00+00 BC' OR event.created_at >= '10000-01-01 00:00:00+00' AS is_untimely
    FROM {schema}.events AS event
    WHERE $1::uuid IS NULL OR event.event_id > $1
    ORDER BY event.event_id
    LIMIT $2
) AS chunk
