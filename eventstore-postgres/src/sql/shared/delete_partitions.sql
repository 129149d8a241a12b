-- The subscriptions first, whose rows are locked by every store of a checkpoint and every parking.
WITH partition AS MATERIALIZED (
    SELECT subscription_id FROM {schema}.eventstore_group_partitions WHERE group_id = $1
),
parked AS (
    DELETE FROM {schema}.eventstore_parked_events AS parked
    USING partition
    WHERE parked.subscription_id = partition.subscription_id
),
bound AS (
    DELETE FROM {schema}.eventstore_subscription_streams AS bound
    USING partition
    WHERE bound.subscription_id = partition.subscription_id
),
shared AS (
    DELETE FROM {schema}.eventstore_group_partitions WHERE group_id = $1
)
DELETE FROM {schema}.subscriptions AS subscription
USING partition
WHERE subscription.subscription_id = partition.subscription_id
