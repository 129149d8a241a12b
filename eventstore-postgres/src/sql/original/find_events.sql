SELECT
    placed.event_id, placed.stream_version AS position, placed.original_stream_version AS stream_version,
    stream.stream_uuid
FROM {schema}.stream_events AS placed
JOIN {schema}.streams AS stream ON stream.stream_id = placed.original_stream_id
WHERE placed.stream_id = 0 AND placed.event_id = ANY($1)
