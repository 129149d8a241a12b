-- ?1: the id that they come before. ?2: how many.
SELECT id, name, version, created_at, deleted_at
FROM eventstore_streams
WHERE id > 0 AND id < ?1
ORDER BY id DESC
LIMIT ?2 + 0
