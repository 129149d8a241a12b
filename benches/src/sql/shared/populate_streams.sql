INSERT INTO streams (stream_id, stream_uuid, stream_version)
SELECT number, 'load-' || number, $3
FROM generate_series($1, $2) AS number
