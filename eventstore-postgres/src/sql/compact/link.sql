WITH wanted AS MATERIALIZED (
    SELECT event_id, ordinal
    FROM unnest($5::uuid[]) WITH ORDINALITY AS wanted (event_id, ordinal)
),
sources AS MATERIALIZED (
    SELECT event.position, event.stream_id, wanted.ordinal, source.stream_uuid
    FROM wanted
    JOIN {schema}.events AS event USING (event_id)
    JOIN {schema}.streams AS source USING (stream_id)
    ORDER BY source.stream_uuid COLLATE "C"
    -- A hard delete of a source waits for this lock, so that no link is left without its event. Appends to the source
    -- do not wait.
    FOR KEY SHARE OF source
),
found AS MATERIALIZED (
    SELECT 1
    WHERE (SELECT count(*) FROM sources) = $2
        AND NOT EXISTS (SELECT FROM sources WHERE sources.stream_uuid = $1)
),
bumped AS (
    UPDATE {schema}.streams
    SET stream_version = stream_version + $2
    WHERE stream_uuid = $1
        AND deleted_at IS NULL
        AND ($3::bigint IS NULL OR stream_version = $3)
        AND EXISTS (SELECT FROM found)
    RETURNING stream_id, stream_version - $2 AS version_before
),
created AS (
    INSERT INTO {schema}.streams AS stream (stream_uuid, stream_version)
    SELECT $1, $2
    FROM found
    WHERE $4 AND NOT EXISTS (SELECT FROM bumped)
    ON CONFLICT (stream_uuid) DO UPDATE SET stream_version = stream.stream_version + $2
        WHERE stream.deleted_at IS NULL AND ($3::bigint IS NULL OR stream.stream_version = $3)
    RETURNING stream_id, stream_version - $2 AS version_before
),
target AS MATERIALIZED (
    SELECT stream_id, version_before FROM bumped
    UNION ALL
    SELECT stream_id, version_before FROM created
),
inserted AS (
    INSERT INTO {schema}.links (stream_id, stream_version, position)
    SELECT target.stream_id, target.version_before + sources.ordinal, sources.position
    FROM target
    CROSS JOIN sources
)
SELECT
    version_before,
    pg_notify({channel}, $1 || ',' || stream_id || ',' || version_before + 1 || ',' || version_before + $2) AS told
FROM target
