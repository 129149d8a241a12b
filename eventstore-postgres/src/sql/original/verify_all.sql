SELECT
    max(position) AS last_position,
    array_agg(previous + 1 ORDER BY position) FILTER (WHERE position <> previous + 1) AS gap_starts,
    array_agg(position - 1 ORDER BY position) FILTER (WHERE position <> previous + 1) AS gap_ends,
    array_agg(position ORDER BY position) FILTER (WHERE is_orphan) AS orphans,
    -- The times of events are checked together with events that are in no stream.
    NULL::bigint[] AS untimely
FROM (
    SELECT
        placed.stream_version AS position,
        lag(placed.stream_version, 1, $1) OVER (ORDER BY placed.stream_version) AS previous,
        NOT EXISTS (
            SELECT
            FROM {schema}.stream_events AS own
            JOIN {schema}.streams AS stream ON stream.stream_id = own.stream_id
            JOIN {schema}.events AS event ON event.event_id = own.event_id
            WHERE own.event_id = placed.event_id
                AND own.stream_id <> 0
                AND own.stream_id = placed.original_stream_id
                AND own.stream_version = placed.original_stream_version
        ) AS is_orphan
    FROM {schema}.stream_events AS placed
    WHERE placed.stream_id = 0 AND placed.stream_version > $1
    ORDER BY placed.stream_version
    LIMIT $2
) AS chunk
