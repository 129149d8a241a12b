-- ?1: a text that the names hold. ?2: what is sorted by. ?3 and ?4: the key and the id of the stream before the page. ?5: how many streams
-- come before the page. ?6: how many are on it.
WITH matching AS NOT MATERIALIZED (
    SELECT
        id, name, version, created_at, deleted_at,
        CASE ?2
            WHEN 'name' THEN name
            WHEN 'version' THEN version
            WHEN 'created_at' THEN created_at
            -- Later than any time, for streams that are not deleted.
            WHEN 'deleted_at' THEN coalesce(deleted_at, 9223372036854775807)
            ELSE id
        END AS key
    FROM eventstore_streams
    WHERE ?1 IS NULL OR instr(name, ?1) > 0
)
SELECT total.streams, page.id, page.name, page.version, page.created_at, page.deleted_at
FROM (SELECT count(*) AS streams FROM matching) AS total
LEFT JOIN (
    SELECT *
    FROM matching
    WHERE ?4 IS NULL OR (key, id) > (?3, ?4)
    ORDER BY key, id
    LIMIT ?6 + 0 OFFSET ?5 + 0
) AS page
ORDER BY page.key, page.id
