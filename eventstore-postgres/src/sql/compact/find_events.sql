SELECT event.event_id, event.position, event.stream_version, stream.stream_uuid
FROM {schema}.events AS event
JOIN {schema}.streams AS stream USING (stream_id)
WHERE event.event_id = ANY($1)
