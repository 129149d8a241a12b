SELECT
    max(position) AS last_position,
    array_agg(previous + 1 ORDER BY position) FILTER (WHERE position <> previous + 1) AS gap_starts,
    array_agg(position - 1 ORDER BY position) FILTER (WHERE position <> previous + 1) AS gap_ends,
    array_agg(position ORDER BY position) FILTER (WHERE is_orphan) AS orphans,
    array_agg(position ORDER BY position) FILTER (WHERE is_untimely) AS untimely
FROM (
    SELECT
        event.position,
        lag(event.position, 1, $1) OVER (ORDER BY event.position) AS previous,
        NOT EXISTS (SELECT FROM {schema}.streams AS stream WHERE stream.stream_id = event.stream_id AND stream.stream_id <> 0) AS is_orphan,
        event.created_at < '0001-01-01 00:00:00+00 BC' OR event.created_at >= '10000-01-01 00:00:00+00' AS is_untimely
    FROM {schema}.events AS event
    WHERE event.position > $1
    ORDER BY event.position
    LIMIT $2
) AS chunk
