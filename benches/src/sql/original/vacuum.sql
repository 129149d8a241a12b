VACUUM (ANALYZE) streams, events, stream_events
