SELECT
    stream_version AS head,
    coalesce((SELECT max(placed.stream_version) FROM {schema}.stream_events AS placed WHERE placed.stream_id = 0), 0)
        AS last_position
FROM {schema}.streams
WHERE stream_id = 0
