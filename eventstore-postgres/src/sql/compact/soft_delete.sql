WITH deleted AS (
    UPDATE {schema}.streams
    SET deleted_at = now()
    WHERE stream_uuid = $1
        AND stream_id <> 0
        AND deleted_at IS NULL
        AND ($2::bigint IS NULL OR stream_version = $2)
    RETURNING stream_id, stream_version
)
-- The first number is beyond the last: there is no new event, but listeners have to read to find the deletion.
SELECT pg_notify({channel}, $1 || ',' || stream_id || ',' || stream_version + 1 || ',' || stream_version)
FROM deleted
