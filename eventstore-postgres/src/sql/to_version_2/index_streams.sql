CREATE UNIQUE INDEX CONCURRENTLY eventstore_streams_by_name ON {schema}.streams (stream_uuid COLLATE "C")
