SELECT
    stream.stream_id, stream.stream_uuid, stream.stream_version,
    coalesce(entry.last_version, 0) AS last_version,
    entry.gap, entry.disordered, entry.broken,
    entry.links > 0 OR entry.events = 0 AS holds_links
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
        min(stream_version) FILTER (WHERE own_position <= previous_position) AS disordered,
        min(stream_version) FILTER (WHERE is_broken) AS broken,
        count(own_position) AS events,
        count(*) - count(own_position) AS links
    FROM (
        SELECT
            stream_version, own_position, is_broken,
            lag(stream_version, 1, 0::bigint) OVER in_order AS previous_version,
            max(own_position) OVER (in_order ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS previous_position
        FROM (
            SELECT stream_version, position AS own_position, false AS is_broken
            FROM {schema}.events
            WHERE stream_id = stream.stream_id
            UNION ALL
            SELECT
                link.stream_version, NULL,
                NOT EXISTS (SELECT FROM {schema}.events AS linked WHERE linked.position = link.position)
            FROM {schema}.links AS link
            WHERE link.stream_id = stream.stream_id
        ) AS entries
        WINDOW in_order AS (ORDER BY stream_version)
    ) AS numbered
) AS entry
ORDER BY stream.stream_id
