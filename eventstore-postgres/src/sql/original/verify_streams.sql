SELECT
    stream.stream_id, stream.stream_uuid, stream.stream_version,
    coalesce(event.last_version, 0) AS last_version, event.gap, event.disordered, NULL::bigint AS broken,
    event.holds_links
FROM (
    SELECT stream_id, stream_uuid, stream_version
    FROM {schema}.streams
    WHERE stream_id > $1
    ORDER BY stream_id
    LIMIT $2
) AS stream
CROSS JOIN LATERAL (
    SELECT
        max(stream_version) AS last_version,
        min(stream_version) FILTER (WHERE stream_version <> previous_version + 1) AS gap,
        min(stream_version) FILTER (WHERE is_own AND (position > previous_position) IS NOT TRUE) AS disordered,
        -- Of a stream without events nobody knows whether they were links.
        coalesce(NOT bool_and(is_own), true) AS holds_links
    FROM (
        SELECT
            stream_version, is_own, position,
            lag(stream_version, 1, 0::bigint) OVER (ORDER BY stream_version) AS previous_version,
            coalesce(max(position) FILTER (WHERE is_own) OVER earlier, 0) AS previous_position
        FROM (
            SELECT
                placed.stream_version,
                placed.original_stream_id = placed.stream_id AS is_own,
                global.stream_version AS position
            FROM {schema}.stream_events AS placed
            LEFT JOIN {schema}.stream_events AS global
                ON global.event_id = placed.event_id AND global.stream_id = 0
            WHERE placed.stream_id = stream.stream_id
        ) AS positioned
        WINDOW earlier AS (ORDER BY stream_version ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    ) AS numbered
) AS event
ORDER BY stream.stream_id
