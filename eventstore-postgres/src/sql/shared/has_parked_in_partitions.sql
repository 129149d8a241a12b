SELECT EXISTS (
    SELECT
    FROM {schema}.eventstore_group_partitions AS partition
    JOIN {schema}.eventstore_parked_events AS parked USING (subscription_id)
    JOIN {schema}.events AS event USING (event_id)
    WHERE partition.group_id = $1
)
