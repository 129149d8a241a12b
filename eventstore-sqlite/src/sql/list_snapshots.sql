-- ?1: the source before the page, if any. ?2: how many snapshots are on it. ?3: how many bytes of payloads, unless it is a single snapshot.
-- The length of a payload is known without reading it.
SELECT snapshot.source, snapshot.version, snapshot.snapshot_type, snapshot.created_at, snapshot.data, snapshot.metadata
FROM (
    SELECT source, row_number() OVER page AS place, sum(bytes) OVER page AS bytes
    FROM (
        SELECT source, length(data) + coalesce(length(metadata), 0) AS bytes
        FROM eventstore_snapshots
        WHERE source >= coalesce(?1, '') AND source IS NOT ?1
        ORDER BY source
        LIMIT ?2
    )
    WINDOW page AS (ORDER BY source)
) AS sized
CROSS JOIN eventstore_snapshots AS snapshot ON snapshot.source = sized.source
WHERE sized.bytes <= ?3 OR sized.place = 1
ORDER BY sized.place
