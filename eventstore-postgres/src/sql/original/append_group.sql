WITH bumped AS (
    UPDATE {schema}.streams AS stream
    SET stream_version = stream.stream_version + wanted.count
    FROM unnest($1::text[], $2::bigint[], $3::bigint[]) WITH ORDINALITY AS wanted (name, count, required_version, fold)
    WHERE stream.stream_uuid = wanted.name
        AND stream.deleted_at IS NULL
        AND (wanted.required_version IS NULL OR wanted.required_version = stream.stream_version)
        AND (SELECT set_config('lock_timeout', $6, true)) IS NOT NULL
        -- The parameters are those of the careful statement, which can also create streams.
        AND ($4::boolean[], $5::timestamptz[]) IS NOT NULL
    RETURNING wanted.fold, wanted.count, stream.stream_id, stream.stream_version - wanted.count AS version_before
),
-- An element of an array is found at once, whatever a planner thinks of the number of rows.
target AS MATERIALIZED (
    SELECT
        array_agg(fold) AS folds, array_agg(stream_id) AS stream_ids, array_agg(version_before) AS versions_before,
        sum(count)::bigint AS count
    FROM (SELECT fold, count, stream_id, version_before FROM bumped ORDER BY fold) AS target
),
positioned AS (
    UPDATE {schema}.streams AS stream
    SET stream_version = stream.stream_version + target.count
    FROM target
    WHERE stream.stream_id = 0 AND target.count > 0
    RETURNING
        stream.stream_version - target.count AS position_before, stream.stream_version AS position_after,
        target.folds, target.stream_ids, target.versions_before
),
placed AS MATERIALIZED (
    SELECT
        positioned.position_before + row_number() OVER () AS position,
        positioned.stream_ids[place.index] AS stream_id, positioned.versions_before[place.index] + event.number AS version,
        event.created_at, event.event_id, event.causation_id, event.correlation_id, event.event_type, event.data, event.metadata
    FROM positioned
    CROSS JOIN unnest(
        $7::timestamptz[], $8::uuid[], $9::uuid[], $10::uuid[], $11::text[], $12::{payload}[], $13::{payload}[],
        $14::bigint[], $15::bigint[]
    ) AS event (
        created_at, event_id, causation_id, correlation_id, event_type, data, metadata, fold, number
    )
    CROSS JOIN LATERAL (
        SELECT CASE
                WHEN cardinality(positioned.folds) = cardinality($1::text[]) THEN event.fold
                ELSE array_position(positioned.folds, event.fold)
            END AS index
    ) AS place
    WHERE place.index IS NOT NULL
),
inserted AS (
    INSERT INTO {schema}.events (
        created_at, event_id, causation_id, correlation_id, event_type, data, metadata
    )
    SELECT
        created_at, event_id, causation_id, correlation_id, event_type, data,
        -- Missing metadata is the encoded null of the other library, which cannot read NULL in a column of bytes.
        coalesce(metadata, CASE WHEN '{payload}' = 'bytea' THEN 'null'::{payload} END)
    FROM placed
),
linked AS (
    INSERT INTO {schema}.stream_events (
        event_id, stream_id, stream_version, original_stream_id, original_stream_version
    )
    SELECT placed.event_id, place.stream_id, place.version, placed.stream_id, placed.version
    FROM placed
    CROSS JOIN LATERAL (
        VALUES (placed.stream_id, placed.version), (0, placed.position)
    ) AS place (stream_id, version)
)
SELECT folds, versions_before, position_before FROM positioned
