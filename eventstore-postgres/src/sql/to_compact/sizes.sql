SELECT
    coalesce(sum(stream_version) FILTER (WHERE stream_id = 0), 0)::bigint AS positions,
    coalesce(sum(stream_version) FILTER (WHERE stream_id <> 0), 0)::bigint AS versions,
    coalesce((SELECT max(position) FROM {schema}.eventstore_compact_events), 0) AS copied
FROM {schema}.streams
