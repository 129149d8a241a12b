WITH lock_timeout AS MATERIALIZED (
    SELECT current_setting('lock_timeout') AS of_session, set_config('lock_timeout', $5, true) AS of_streams
),
wanted AS MATERIALIZED (
    SELECT fold, name, count, required_version, may_create, created_at
    FROM unnest($1::text[], $2::int[], $3::bigint[], $4::int[], $15::boolean[], $16::timestamptz[])
        AS wanted (name, count, required_version, fold, may_create, created_at)
    -- Always true: it makes the server set the lock timeout before anything is locked.
    WHERE (SELECT of_streams FROM lock_timeout) IS NOT NULL
),
-- Comes first, because it may wait for others that create the same stream: meanwhile it holds nothing but new names.
created AS (
    INSERT INTO {schema}.streams (stream_uuid, stream_version, created_at)
    SELECT name, count, coalesce(created_at, now())
    FROM wanted
    WHERE may_create AND (SELECT true FROM {schema}.streams AS known WHERE known.stream_uuid = wanted.name) IS NULL
    ORDER BY name COLLATE "C"
    -- A stream that another transaction has just created is not seen below either. Its append is retried alone.
    ON CONFLICT (stream_uuid) DO NOTHING
    RETURNING stream_id, stream_uuid
),
-- A stream that another transaction holds is skipped, so that it holds up no other append.
met AS MATERIALIZED (
    SELECT wanted.fold, wanted.count, free.stream_id
    FROM wanted
    CROSS JOIN LATERAL (
        SELECT stream_id, stream_version, deleted_at
        FROM {schema}.streams AS stream
        WHERE stream.stream_uuid = wanted.name
        LIMIT 1
        FOR NO KEY UPDATE SKIP LOCKED
    ) AS free
    -- Always true: it makes the server create all new streams before it locks existing ones.
    WHERE (SELECT count(*) FROM created) >= 0
        AND free.deleted_at IS NULL
        AND (wanted.required_version IS NULL OR wanted.required_version = free.stream_version)
),
bumped AS (
    UPDATE {schema}.streams AS stream
    SET stream_version = stream.stream_version + met.count
    FROM met
    WHERE stream.stream_id = met.stream_id
    RETURNING met.fold, met.count, stream.stream_id, stream.stream_version - met.count AS version_before
),
target AS MATERIALIZED (
    SELECT
        fold, stream_id, version_before, count,
        sum(count) OVER (ORDER BY fold ROWS UNBOUNDED PRECEDING) - count AS events_before
    FROM (
        SELECT fold, stream_id, version_before, count FROM bumped
        UNION ALL
        SELECT wanted.fold, created.stream_id, 0, wanted.count
        FROM created
        JOIN wanted ON wanted.name = created.stream_uuid
    ) AS target
),
positioned AS (
    UPDATE {schema}.streams
    SET stream_version = stream_version + total.count
    FROM (
        -- All streams are locked: from here on the statement waits only for `$all`.
        SELECT sum(count) AS count, set_config('lock_timeout', (SELECT of_session FROM lock_timeout), true) AS lock_timeout
        FROM target
    ) AS total
    WHERE stream_id = 0 AND total.count > 0 AND total.lock_timeout IS NOT NULL
    RETURNING stream_version - total.count AS position_before
),
inserted AS (
    INSERT INTO {schema}.events (
        created_at, event_id, causation_id, correlation_id, event_type, data, metadata
    )
    SELECT
        event.created_at, event.event_id, event.causation_id, event.correlation_id,
        -- Missing metadata is the encoded null of the other library, which cannot read NULL in a column of bytes.
        event.event_type, event.data, coalesce(event.metadata, CASE WHEN '{payload}' = 'bytea' THEN 'null'::{payload} END)
    FROM positioned
    CROSS JOIN (
        SELECT
            unnest($6::timestamptz[]) AS created_at, unnest($7::uuid[]) AS event_id, unnest($8::uuid[]) AS causation_id,
            unnest($9::uuid[]) AS correlation_id, unnest($10::text[]) AS event_type,
            unnest($11::{payload}[]) AS data, unnest($12::{payload}[]) AS metadata, unnest($13::int[]) AS fold
    ) AS event
    JOIN target USING (fold)
),
placed AS (
    INSERT INTO {schema}.stream_events (
        event_id, stream_id, stream_version, original_stream_id, original_stream_version
    )
    SELECT
        event.event_id, place.stream_id, place.version_before + event.number,
        target.stream_id, target.version_before + event.number
    FROM positioned
    CROSS JOIN (
        SELECT unnest($7::uuid[]) AS event_id, unnest($13::int[]) AS fold, unnest($14::int[]) AS number
    ) AS event
    JOIN target USING (fold)
    CROSS JOIN LATERAL (
        VALUES
            (target.stream_id, target.version_before),
            (0, positioned.position_before + target.events_before)
    ) AS place (stream_id, version_before)
)
SELECT
    array_agg(target.fold) AS folds,
    array_agg(target.version_before) AS versions_before,
    min(positioned.position_before) AS position_before
FROM (SELECT * FROM target ORDER BY fold) AS target
CROSS JOIN positioned
HAVING count(*) > 0
