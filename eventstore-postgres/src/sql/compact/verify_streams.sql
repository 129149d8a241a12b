-- Streams from $1 on, the first of them from the version after $2 on, as many as make up $4 entries; of a stream that is
-- longer only that much. $3 is the position of the last event that was checked before.
SELECT
    stream.stream_id, stream.stream_uuid, stream.stream_version, stream.reached, stream.reached >= stream.stream_version AS is_complete,
    coalesce(entry.last_version, stream.version_before) AS last_version,
    entry.last_position, entry.gap, entry.disordered, entry.broken, entry.own_link,
    (entry.gap IS NOT NULL OR coalesce(entry.last_version, stream.version_before) < stream.reached)
        AND (
            EXISTS (SELECT FROM {schema}.links AS link WHERE link.stream_id = stream.stream_id)
            OR NOT EXISTS (SELECT FROM {schema}.events AS own WHERE own.stream_id = stream.stream_id)
        ) AS may_have_lost_links
FROM (
    SELECT
        stream_id, stream_uuid, stream_version, version_before, position_before, beyond,
        CASE WHEN stream_version <= version_before + $4::bigint THEN stream_version ELSE version_before + $4::bigint END AS reached,
        CASE WHEN stream_version <= version_before + $4::bigint THEN 9223372036854775807 ELSE version_before + $4::bigint END AS up_to
    FROM (
        SELECT
            *,
            sum(stream_version - version_before) OVER (ORDER BY stream_id) - (stream_version - version_before) AS entries_before
        FROM (
            SELECT
                stream_id, stream_uuid, stream_version,
                CASE WHEN stream_id = $1::bigint THEN $2::bigint ELSE 0 END AS version_before,
                CASE WHEN stream_id = $1::bigint AND $2::bigint > 0 THEN $2::bigint ELSE -9223372036854775808 END AS beyond,
                CASE WHEN stream_id = $1::bigint THEN $3::bigint ELSE 0 END AS position_before
            FROM {schema}.streams
            WHERE stream_id >= $1::bigint AND stream_id <> 0
            ORDER BY stream_id
            LIMIT 2000
        ) AS candidate
    ) AS counted
    WHERE entries_before < $4::bigint
) AS stream
CROSS JOIN LATERAL (
    SELECT
        max(stream_version) AS last_version,
        max(own_position) AS last_position,
        min(stream_version) FILTER (WHERE stream_version <> previous_version + 1) AS gap,
        min(stream_version) FILTER (WHERE own_position <= coalesce(previous_position, stream.position_before)) AS disordered,
        min(stream_version) FILTER (WHERE is_broken) AS broken,
        min(stream_version) FILTER (WHERE is_own_link) AS own_link
    FROM (
        SELECT
            stream_version, own_position, is_broken, is_own_link,
            lag(stream_version, 1, stream.version_before) OVER in_order AS previous_version,
            max(own_position) OVER (in_order ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS previous_position
        FROM (
            SELECT stream_version, position AS own_position, false AS is_broken, false AS is_own_link
            FROM {schema}.events
            WHERE stream_id = stream.stream_id AND stream_version > stream.beyond AND stream_version <= stream.up_to
            UNION ALL
            SELECT
                link.stream_version, NULL,
                origin.stream_id IS NULL, coalesce(origin.stream_id = stream.stream_id, false)
            FROM {schema}.links AS link
            LEFT JOIN LATERAL (
                SELECT linked.stream_id FROM {schema}.events AS linked WHERE linked.position = link.position LIMIT 1
            ) AS origin ON true
            WHERE link.stream_id = stream.stream_id
                AND link.stream_version > stream.beyond AND link.stream_version <= stream.up_to
        ) AS entries
        WINDOW in_order AS (ORDER BY stream_version)
    ) AS numbered
) AS entry
ORDER BY stream.stream_id
