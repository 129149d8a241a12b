WITH matching AS MATERIALIZED (
    SELECT
        stream_id, stream_uuid, stream_version, created_at, deleted_at,
        CASE WHEN $2 = 'name' THEN stream_uuid ELSE '' END COLLATE "C" AS name_key,
        CASE WHEN $2 = 'version' THEN stream_version ELSE 0 END AS version_key,
        CASE $2
            WHEN 'created_at' THEN created_at
            WHEN 'deleted_at' THEN coalesce(deleted_at, 'infinity')
            ELSE '-infinity'
        END AS time_key
    FROM {schema}.streams
    WHERE $1::text IS NULL OR position($1 IN stream_uuid) > 0
)
SELECT
    total.streams AS total_streams,
    page.stream_id, page.stream_uuid, page.stream_version, page.created_at, page.deleted_at
FROM (SELECT count(*) AS streams FROM matching) AS total
LEFT JOIN LATERAL (
    SELECT *
    FROM matching
    WHERE $6::bigint IS NULL
        OR (name_key, version_key, time_key, stream_id) > ($3::text, $4::bigint, coalesce($5::timestamptz, CASE $2 WHEN 'deleted_at' THEN 'infinity' ELSE '-infinity' END::timestamptz), $6)
    ORDER BY name_key, version_key, time_key, stream_id
    OFFSET $7
    LIMIT $8
) AS page ON true
ORDER BY page.name_key, page.version_key, page.time_key, page.stream_id
