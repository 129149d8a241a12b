SELECT DISTINCT follower.partition_key
FROM unnest($2::bigint[], $3::bytea[]) AS follower (event_number, partition_key)
WHERE NOT EXISTS (
    SELECT
    FROM {schema}.eventstore_parked_events AS parked
    JOIN {schema}.events AS event USING (event_id)
    WHERE parked.subscription_id = $1
        AND parked.partition_key = follower.partition_key
        AND parked.event_number <= follower.event_number
)
ORDER BY follower.partition_key
