SELECT
    (SELECT stream_version FROM streams WHERE stream_id = 0) AS head,
    (SELECT count(*) FROM events) AS events
