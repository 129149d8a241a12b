-- The highest id that any stream ever had is kept by SQLite itself.
SELECT
    (SELECT version FROM eventstore_streams WHERE id = 0) AS head,
    (SELECT seq FROM sqlite_sequence WHERE name = 'eventstore_streams') AS last_stream_id
