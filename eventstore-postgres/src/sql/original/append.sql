-- MATERIALIZED, because it changes a setting and has to run once. It reads the session's value before it sets another
-- one.
WITH lock_timeout AS MATERIALIZED (
    SELECT
        current_setting('lock_timeout') AS of_session,
        set_config('lock_timeout', coalesce($6, current_setting('lock_timeout')), true) AS of_stream
),
bumped AS (
    UPDATE {schema}.streams
    SET stream_version = stream_version + $2
    WHERE stream_uuid = $1
        AND deleted_at IS NULL
        AND ($3::bigint IS NULL OR stream_version = $3)
        -- Always true: it makes the server set the lock timeout before it locks the row.
        AND (SELECT of_stream FROM lock_timeout) IS NOT NULL
    RETURNING stream_id, stream_version - $2 AS version_before
),
created AS (
    INSERT INTO {schema}.streams AS stream (stream_uuid, stream_version, created_at)
    SELECT $1, $2, coalesce($5, now())
    WHERE $4 AND NOT EXISTS (SELECT FROM bumped)
    -- The update above does not see a stream that was created after its snapshot. The conflict does, and checks it
    -- again.
    ON CONFLICT (stream_uuid) DO UPDATE SET stream_version = stream.stream_version + $2
        WHERE stream.deleted_at IS NULL AND ($3::bigint IS NULL OR stream.stream_version = $3)
    RETURNING stream_id, stream_version - $2 AS version_before
),
-- The stream is locked: from here on the statement waits only for `$all`.
target AS MATERIALIZED (
    SELECT
        stream_id, version_before,
        set_config('lock_timeout', (SELECT of_session FROM lock_timeout), true) AS lock_timeout
    FROM (SELECT stream_id, version_before FROM bumped UNION ALL SELECT stream_id, version_before FROM created) AS locked
),
-- The row of $all is locked last, because every other append waits for it until the commit (ADR 17).
positioned AS (
    UPDATE {schema}.streams
    SET stream_version = stream_version + $2
    WHERE stream_id = 0 AND EXISTS (SELECT FROM target)
    RETURNING stream_version - $2 AS position_before
),
inserted AS (
    INSERT INTO {schema}.events (
        created_at, event_id, causation_id, correlation_id, event_type, data, metadata
    )
    SELECT
        event.created_at, event.event_id, event.causation_id, event.correlation_id,
        -- Missing metadata is the encoded null of the other library, which cannot read NULL in a column of bytes.
        event.event_type, event.data, coalesce(event.metadata, CASE WHEN '{payload}' = 'bytea' THEN 'null'::{payload} END)
    FROM target
    CROSS JOIN positioned
    CROSS JOIN unnest(
        $7::timestamptz[], $8::uuid[], $9::uuid[], $10::uuid[], $11::text[], $12::{payload}[], $13::{payload}[]
    ) AS event (
        created_at, event_id, causation_id, correlation_id, event_type, data, metadata
    )
),
placed AS (
    INSERT INTO {schema}.stream_events (
        event_id, stream_id, stream_version, original_stream_id, original_stream_version
    )
    SELECT
        event.event_id, place.stream_id, place.version_before + event.ordinal,
        target.stream_id, target.version_before + event.ordinal
    FROM target
    CROSS JOIN positioned
    CROSS JOIN unnest($8::uuid[]) WITH ORDINALITY AS event (event_id, ordinal)
    CROSS JOIN LATERAL (
        VALUES (target.stream_id, target.version_before), (0, positioned.position_before)
    ) AS place (stream_id, version_before)
)
SELECT target.version_before, positioned.position_before
FROM target
CROSS JOIN positioned
