WITH lock_timeout AS MATERIALIZED (
    SELECT current_setting('lock_timeout') AS of_session, set_config('lock_timeout', $5, true) AS of_streams
),
bumped AS (
    UPDATE {schema}.streams AS stream
    SET stream_version = stream.stream_version + wanted.count
    FROM (
        SELECT
            unnest($1::text[]) AS name, unnest($2::int[]) AS count, unnest($3::bigint[]) AS required_version,
            unnest($4::int[]) AS fold
    ) AS wanted
    WHERE stream.stream_uuid = wanted.name
        AND stream.deleted_at IS NULL
        AND (wanted.required_version IS NULL OR wanted.required_version = stream.stream_version)
        -- Always true: it makes the server set the lock timeout before it locks a row.
        AND (SELECT of_streams FROM lock_timeout) IS NOT NULL
    RETURNING wanted.fold, wanted.count, stream.stream_id, wanted.name, stream.stream_version - wanted.count AS version_before
),
-- An array element is found directly, however many rows the planner expects.
target AS MATERIALIZED (
    SELECT
        array_agg(fold) AS folds, array_agg(stream_id) AS stream_ids, array_agg(version_before) AS versions_before,
        array_agg(events_before) AS events_before, sum(count) AS count,
        -- All streams are locked: from here on the statement waits only for `$all`.
        set_config('lock_timeout', (SELECT of_session FROM lock_timeout), true) AS lock_timeout
    FROM (
        SELECT
            fold, count, stream_id, version_before,
            sum(count) OVER (ORDER BY fold ROWS UNBOUNDED PRECEDING) - count AS events_before
        FROM bumped
        ORDER BY fold
    ) AS target
),
positioned AS (
    UPDATE {schema}.streams AS stream
    SET stream_version = stream.stream_version + target.count
    FROM target
    -- If no stream passed, the sum is NULL: $all stays as it is, and the statement returns no row.
    WHERE stream.stream_id = 0 AND target.count > 0
    RETURNING
        stream.stream_version - target.count AS position_before, stream.stream_version AS position_after,
        target.folds, target.stream_ids, target.versions_before, target.events_before
),
inserted AS (
    INSERT INTO {schema}.events (
        position, stream_id, stream_version, created_at,
        event_id, causation_id, correlation_id, event_type, data, metadata
    )
    SELECT
        positioned.position_before + positioned.events_before[place.index] + event.number,
        positioned.stream_ids[place.index], positioned.versions_before[place.index] + event.number, event.created_at,
        event.event_id, event.causation_id, event.correlation_id, event.event_type, event.data, event.metadata
    FROM positioned
    CROSS JOIN (
        SELECT
            unnest($6::timestamptz[]) AS created_at, unnest($7::uuid[]) AS event_id, unnest($8::uuid[]) AS causation_id,
            unnest($9::uuid[]) AS correlation_id, unnest($10::text[]) AS event_type,
            unnest($11::{payload}[]) AS data, unnest($12::{payload}[]) AS metadata,
            unnest($13::int[]) AS fold, unnest($14::int[]) AS number
    ) AS event
    CROSS JOIN LATERAL (
        SELECT CASE
                -- If every stream passed, the number of a fold is its place, and nothing has to be searched.
                WHEN cardinality(positioned.folds) = cardinality($1::text[]) THEN event.fold
                ELSE array_position(positioned.folds, event.fold)
            END AS index
    ) AS place
    WHERE place.index IS NOT NULL
)
SELECT
    folds,
    versions_before,
    position_before,
    (
        SELECT count(pg_notify(
            {channel}, name || ',' || stream_id || ',' || version_before + 1 || ',' || version_before + count
        ))
        FROM bumped
    ) AS told_of_streams,
    pg_notify({channel}, '$all,0,' || position_before + 1 || ',' || position_after) AS told_of_all
FROM positioned
