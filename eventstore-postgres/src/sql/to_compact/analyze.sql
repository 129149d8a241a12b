ANALYZE {schema}.eventstore_compact_events, {schema}.eventstore_compact_links
