CREATE UNIQUE INDEX IF NOT EXISTS eventstore_compact_links_position
    ON {schema}.eventstore_compact_links (position, stream_id)
