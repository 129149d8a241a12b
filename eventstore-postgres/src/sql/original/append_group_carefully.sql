WITH wanted AS MATERIALIZED (
    SELECT fold, name, count, required_version, may_create, created_at
    FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::boolean[], $5::timestamptz[])
        WITH ORDINALITY AS wanted (name, count, required_version, may_create, created_at, fold)
    WHERE (SELECT set_config('lock_timeout', $6, true)) IS NOT NULL
),
-- Comes first, as it may wait for others who create the same stream: nothing but new names is held meanwhile.
created AS (
    INSERT INTO {schema}.streams (stream_uuid, stream_version, created_at)
    SELECT name, count, coalesce(created_at, now())
    FROM wanted
    WHERE may_create AND (SELECT true FROM {schema}.streams AS known WHERE known.stream_uuid = wanted.name) IS NULL
    ORDER BY name COLLATE "C"
    ON CONFLICT (stream_uuid) DO NOTHING
    RETURNING stream_id, stream_uuid
),
-- A stream that somebody holds is passed over, so that it holds up nobody else.
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
    SELECT fold, stream_id, version_before, count, (sum(count) OVER (ORDER BY fold) - count)::bigint AS events_before
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
    FROM (SELECT sum(count)::bigint AS count FROM target) AS total
    WHERE stream_id = 0 AND total.count > 0
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
    CROSS JOIN unnest(
        $7::timestamptz[], $8::uuid[], $9::uuid[], $10::uuid[], $11::text[], $12::{payload}[], $13::{payload}[],
        $14::bigint[]
    ) AS event (
        created_at, event_id, causation_id, correlation_id, event_type, data, metadata, fold
    )
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
    CROSS JOIN unnest($8::uuid[], $14::bigint[], $15::bigint[]) AS event (event_id, fold, number)
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
