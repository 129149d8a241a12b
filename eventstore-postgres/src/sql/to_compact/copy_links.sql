WITH chunk AS MATERIALIZED (
    SELECT event_id, stream_id, stream_version, original_stream_id
    FROM {schema}.stream_events
    WHERE (stream_id, stream_version) > ($1::bigint, $2::bigint)
    ORDER BY stream_id, stream_version
    LIMIT $3
),
link AS MATERIALIZED (
    SELECT chunk.stream_id, chunk.stream_version, placed.position
    FROM chunk
    LEFT JOIN LATERAL (
        SELECT stream_version AS position
        FROM {schema}.stream_events AS everywhere
        WHERE everywhere.event_id = chunk.event_id AND everywhere.stream_id = 0
        LIMIT 1
    ) AS placed ON true
    WHERE chunk.original_stream_id IS DISTINCT FROM chunk.stream_id
),
copied AS (
    INSERT INTO {schema}.eventstore_compact_links (stream_id, stream_version, position)
    SELECT stream_id, stream_version, position
    FROM link
    WHERE position IS NOT NULL
    ON CONFLICT (stream_id, stream_version) DO NOTHING
)
SELECT
    (array_agg(stream_id ORDER BY stream_id DESC, stream_version DESC))[1] AS last_stream_id,
    (array_agg(stream_version ORDER BY stream_id DESC, stream_version DESC))[1] AS last_version,
    count(*) AS entries,
    (SELECT count(position) FROM link) AS copied,
    (SELECT count(*) FROM link) AS expected
FROM chunk
