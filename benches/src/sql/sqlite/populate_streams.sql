-- ?1, ?2: the numbers of the first and the last stream. ?3: how many events each holds.
WITH RECURSIVE number (value) AS (SELECT ?1 WHERE ?1 <= ?2 UNION ALL SELECT value + 1 FROM number WHERE value < ?2)
INSERT INTO eventstore_streams (id, name, version, created_at)
SELECT value, 'load-' || value, ?3, 0 FROM number
