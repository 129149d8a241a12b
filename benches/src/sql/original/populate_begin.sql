ALTER TABLE streams DISABLE TRIGGER USER;
ALTER TABLE stream_events
    DROP CONSTRAINT stream_events_event_id_fkey,
    DROP CONSTRAINT stream_events_stream_id_fkey,
    DROP CONSTRAINT stream_events_original_stream_id_fkey;
