SELECT to_regclass($1 || '.eventstore_compact_events') IS NOT NULL
    OR to_regclass($1 || '.eventstore_compact_links') IS NOT NULL
