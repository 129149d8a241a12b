-- ?1: the id of a group.
SELECT EXISTS (
    SELECT 1
    FROM eventstore_group_partitions AS part
    JOIN eventstore_parked_events AS parked ON parked.subscription_id = part.subscription_id
    JOIN eventstore_events AS event ON event.event_id = parked.event_id
    WHERE part.group_id = ?1
)
