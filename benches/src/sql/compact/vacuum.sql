VACUUM (ANALYZE) streams, events
