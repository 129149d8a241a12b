SELECT
    max(stream_id) AS last_stream_id,
    array_agg(stream_uuid ORDER BY stream_id) FILTER (WHERE is_lost) AS lost
FROM (
    SELECT
        stream_id, stream_uuid,
        -- The sum keeps the planner from the index on ids, and the limit from a join: the name has to be looked up.
        (
            SELECT true
            FROM {schema}.streams AS found
            WHERE found.stream_uuid = stream.stream_uuid AND found.stream_id + 0 = stream.stream_id
            LIMIT 1
        ) IS NULL AS is_lost
    FROM (
        SELECT stream_id, stream_uuid
        FROM {schema}.streams
        WHERE stream_id > $1
        ORDER BY stream_id
        LIMIT $2
    ) AS stream
) AS chunk
