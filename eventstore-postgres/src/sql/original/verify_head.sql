SELECT
    stream_version AS head,
    EXISTS (SELECT FROM {schema}.events) AS has_events,
    coalesce((SELECT max(placed.stream_version) FROM {schema}.stream_events AS placed WHERE placed.stream_id = 0), 0)
        AS last_position,
    coalesce((SELECT min(placed.stream_version) FROM {schema}.stream_events AS placed WHERE placed.stream_id = 0), 1)
        AS first_position
FROM {schema}.streams
WHERE stream_id = 0
