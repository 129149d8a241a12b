SELECT
    stream_version AS head,
    EXISTS (SELECT FROM {schema}.events) AS has_events,
    coalesce((SELECT max(position) FROM {schema}.events), 0) AS last_position,
    coalesce((SELECT min(position) FROM {schema}.events), 1) AS first_position
FROM {schema}.streams
WHERE stream_id = 0
