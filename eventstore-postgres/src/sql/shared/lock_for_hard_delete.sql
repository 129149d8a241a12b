SELECT stream_id, stream_version, set_config('eventstore.enable_hard_deletes', 'on', true)
FROM {schema}.streams
WHERE stream_uuid = $1 AND stream_id <> 0
-- The strongest lock of a row: it also waits for links, which only share the key of the row.
FOR UPDATE
