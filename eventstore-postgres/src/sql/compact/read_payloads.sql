SELECT place, data, metadata
FROM (
    SELECT
        place, bytes_before, data, metadata,
        bytes_before + sum({octets data} + coalesce({octets metadata}, 0)) OVER (ORDER BY place) AS bytes
    FROM (
        SELECT
            wanted.place, wanted.bytes_before, event.data, event.metadata,
            wanted.bytes_before
                + sum(pg_column_size(event.data) + coalesce(pg_column_size(event.metadata), 0)) OVER (ORDER BY wanted.place)
                AS stored_bytes
        FROM unnest($1::uuid[], $2::bigint[]) WITH ORDINALITY AS wanted (event_id, bytes_before, place)
        CROSS JOIN LATERAL (
            -- The limit keeps the planner from hashing the whole table.
            SELECT data, metadata FROM {schema}.events WHERE event_id = wanted.event_id LIMIT 1
        ) AS event
    ) AS stored
    -- Finding the size of a payload may require reading it: no payload beyond the end of the page is read (ADR 43).
    WHERE stored_bytes <= $3 OR (place = 1 AND bytes_before = 0)
) AS sized
WHERE bytes <= $3 OR (place = 1 AND bytes_before = 0)
ORDER BY place
