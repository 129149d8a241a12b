-- ?1: the source before the page, if any. ?2: how many snapshots are on it. ?3: how many bytes of payloads, unless it is a single snapshot.
SELECT source, version, snapshot_type, created_at, data, metadata
FROM eventstore_snapshots
WHERE source >= coalesce(?1, '') AND source IS NOT ?1
    AND source <= (
        SELECT max(source)
        FROM (
            SELECT source, row_number() OVER page AS place, sum(bytes) OVER page AS bytes
            FROM (
                -- SQLite knows the length of a payload without reading it.
                SELECT source, octet_length(data) + coalesce(octet_length(metadata), 0) AS bytes
                FROM eventstore_snapshots
                WHERE source >= coalesce(?1, '') AND source IS NOT ?1
                ORDER BY source
                LIMIT ?2 + 0
            )
            WINDOW page AS (ORDER BY source)
        )
        WHERE bytes <= ?3 OR place = 1
    )
ORDER BY source
