SELECT EXISTS (
    SELECT 1
    FROM sqlite_schema
    WHERE type = 'index' AND name = 'eventstore_events_causation_id' AND tbl_name = 'eventstore_events'
)
