SELECT
    stream.stream_id, stream.stream_uuid, stream.stream_version,
    coalesce(event.last_version, 0) AS last_version, event.gaps, event.disordered, false AS holds_links
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
        min(stream_version) FILTER (WHERE stream_version <> previous_version + 1) AS gaps,
        min(stream_version) FILTER (WHERE position <= previous_position) AS disordered
    FROM (
        SELECT
            stream_version, position,
            lag(stream_version, 1, 0::bigint) OVER (ORDER BY stream_version) AS previous_version,
            lag(position, 1, 0::bigint) OVER (ORDER BY stream_version) AS previous_position
        FROM {schema}.events
        WHERE stream_id = stream.stream_id
    ) AS numbered
) AS event
ORDER BY stream.stream_id
