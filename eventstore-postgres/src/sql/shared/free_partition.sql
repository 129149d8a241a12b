-- A partition is never behind its group: where it is set back further, the group is, and the other partitions stay where they are.
WITH own AS MATERIALIZED (
    SELECT subscription_id, last_seen AS base
    FROM {schema}.subscriptions
    WHERE subscription_id = $2 AND last_seen > $3
),
kept AS (
    UPDATE {schema}.subscriptions AS subscription
    SET last_seen = own.base
    FROM own
    JOIN {schema}.eventstore_group_partitions AS partition ON partition.group_id = own.subscription_id
    WHERE subscription.subscription_id = partition.subscription_id AND partition.subscription_id <> $1
        AND coalesce(subscription.last_seen, 0) < own.base
),
lowered AS (
    UPDATE {schema}.subscriptions AS subscription
    SET last_seen = $3
    FROM own
    WHERE subscription.subscription_id = own.subscription_id
)
UPDATE {schema}.eventstore_group_partitions SET member = NULL WHERE subscription_id = $1
