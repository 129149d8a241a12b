INSERT INTO {schema}.eventstore_parked_events AS parked
    (subscription_id, event_number, event_id, partition_key, reason, attempts)
SELECT $1, wanted.event_number, event.event_id, wanted.partition_key, wanted.reason, wanted.attempts
FROM unnest($2::bigint[], $3::uuid[], $4::bytea[], $5::text[], $6::bigint[])
    AS wanted (event_number, event_id, partition_key, reason, attempts)
-- An event that was deleted for good meanwhile is not parked (ADR 24).
JOIN {schema}.events AS event USING (event_id)
ON CONFLICT (subscription_id, event_number) DO UPDATE
    SET event_id = excluded.event_id, partition_key = excluded.partition_key, reason = excluded.reason,
        attempts = excluded.attempts
