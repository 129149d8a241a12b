SELECT source_uuid, source_version, source_type, data, nullif(metadata, 'null') AS metadata, created_at
FROM (
    SELECT
        *, sum({octets data} + coalesce({octets metadata}, 0)) OVER (ORDER BY place) AS bytes
    FROM (
        SELECT
            *, row_number() OVER page AS place,
            sum(pg_column_size(data) + coalesce(pg_column_size(metadata), 0)) OVER page AS stored_bytes
        FROM (
            SELECT *
            FROM {schema}.snapshots
            WHERE source_uuid >= coalesce($1, '') AND source_uuid IS DISTINCT FROM $1
            ORDER BY source_uuid
            LIMIT $2
        ) AS snapshot
        WINDOW page AS (ORDER BY source_uuid)
    ) AS stored
    -- Finding the size of a payload may require reading it: no payload beyond the end of the page is read (ADR 43).
    WHERE stored_bytes <= $3 OR place = 1
) AS sized
WHERE bytes <= $3 OR place = 1
ORDER BY source_uuid
