SELECT
    max(number) AS entries,
    (array_agg(stream_id ORDER BY number DESC))[1] AS last_stream_id,
    (array_agg(stream_version ORDER BY number DESC))[1] AS last_version,
    array_agg(DISTINCT stream_id) FILTER (
        WHERE NOT EXISTS (
            SELECT FROM {schema}.streams AS stream
            WHERE stream.stream_id = chunk.stream_id
        )
    ) AS without_stream
FROM (
    SELECT stream_id, stream_version, row_number() OVER (ORDER BY stream_id, stream_version) AS number
    FROM {schema}.stream_events
    WHERE (stream_id, stream_version) > ($1::bigint, $2::bigint)
    ORDER BY stream_id, stream_version
    LIMIT $3
) AS chunk
