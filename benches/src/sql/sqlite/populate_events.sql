-- ?1: how many events. ?2, ?3: how many streams and events there are already. ?4: how many events a stream holds. ?5, ?6: type and data.
WITH RECURSIVE number (value) AS (SELECT 0 UNION ALL SELECT value + 1 FROM number WHERE value + 1 < ?1)
INSERT INTO eventstore_events (position, stream_id, stream_version, event_id, event_type, created_at, data)
SELECT ?3 + value + 1, ?2 + value / ?4 + 1, value % ?4 + 1, unhex(printf('%016x%016x', ?3 + value + 1, 0)), ?5, 0, ?6 FROM number
