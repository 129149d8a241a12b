SELECT
    (SELECT count(*) FROM {schema}.events) AS stored,
    (SELECT count(*) FROM {schema}.stream_events) AS placed,
    (SELECT count(*) FROM {schema}.eventstore_compact_events) AS events,
    (SELECT count(*) FROM {schema}.eventstore_compact_links) AS links
