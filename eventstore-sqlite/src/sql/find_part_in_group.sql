-- ?1: the id of a subscription.
SELECT
    EXISTS (SELECT 1 FROM eventstore_groups AS shared WHERE shared.subscription_id = ?1) AS is_group,
    (
        SELECT part.group_id
        FROM eventstore_group_partitions AS part
        JOIN eventstore_subscriptions AS own ON own.id = part.group_id
        WHERE part.subscription_id = ?1
    ) AS partition_of
