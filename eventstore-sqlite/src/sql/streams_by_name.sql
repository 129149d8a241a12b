-- ?1: where the names begin. ?2: before what they end, if anywhere. ?3: the name that they come after. ?4: how many.
SELECT id, name, version, created_at, deleted_at
FROM eventstore_streams
-- Every blob comes after every text. With a value for every case, the end is a condition of the index.
WHERE name >= ?1 AND name < coalesce(?2, x'') AND name IS NOT ?3 AND id <> 0
ORDER BY name
LIMIT ?4 + 0
