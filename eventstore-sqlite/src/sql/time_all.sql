-- ?1 and ?2: the first and the last number that are examined. ?3: the time.
SELECT position AS number
FROM eventstore_events
WHERE position BETWEEN ?1 AND ?2 AND created_at >= ?3
ORDER BY position
LIMIT 1
