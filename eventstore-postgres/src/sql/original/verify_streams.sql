-- Streams from $1 on, the first of them from the version after $2 on, as many as make up $4 entries; of a stream that is
-- longer only that much. $3 is the position of the last event that was checked before.
SELECT
    stream.stream_id, stream.stream_uuid, stream.stream_version, stream.reached, stream.reached >= stream.stream_version AS is_complete,
    coalesce(entry.last_version, stream.version_before) AS last_version,
    entry.last_position, entry.gap, entry.disordered, entry.broken, NULL::bigint AS own_link,
    (entry.gap IS NOT NULL OR coalesce(entry.last_version, stream.version_before) < stream.reached)
        AND (
            EXISTS (
                SELECT FROM {schema}.stream_events AS link
                WHERE link.stream_id = stream.stream_id AND link.original_stream_id <> stream.stream_id
            )
            OR NOT EXISTS (SELECT FROM {schema}.stream_events AS placed WHERE placed.stream_id = stream.stream_id)
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
        max(position) FILTER (WHERE is_own) AS last_position,
        min(stream_version) FILTER (WHERE stream_version <> previous_version + 1) AS gap,
        min(stream_version) FILTER (
            WHERE is_own AND (position > coalesce(previous_position, stream.position_before)) IS NOT TRUE
        ) AS disordered,
        min(stream_version) FILTER (WHERE is_broken) AS broken
    FROM (
        SELECT
            stream_version, is_own, is_broken, position,
            lag(stream_version, 1, stream.version_before) OVER (ORDER BY stream_version) AS previous_version,
            max(position) FILTER (WHERE is_own) OVER earlier AS previous_position
        FROM (
            SELECT
                placed.stream_version,
                placed.original_stream_id = placed.stream_id AS is_own,
                global.stream_version AS position,
                -- A link names the place of the event in its own stream, and so does the place in $all.
                coalesce(
                    placed.original_stream_id <> global.original_stream_id
                        OR placed.original_stream_version <> global.original_stream_version,
                    true
                ) AND placed.original_stream_id <> placed.stream_id AS is_broken
            FROM {schema}.stream_events AS placed
            LEFT JOIN LATERAL (
                SELECT stream_version, original_stream_id, original_stream_version
                FROM {schema}.stream_events AS everywhere
                WHERE everywhere.event_id = placed.event_id AND everywhere.stream_id = 0
                LIMIT 1
            ) AS global ON true
            WHERE placed.stream_id = stream.stream_id
                AND placed.stream_version > stream.beyond AND placed.stream_version <= stream.up_to
        ) AS positioned
        WINDOW earlier AS (ORDER BY stream_version ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    ) AS numbered
) AS entry
ORDER BY stream.stream_id
