-- ?1 and ?2: stream and name of the only one that is wanted, or NULL.
SELECT
    subscription.stream, subscription.name, subscription.id,
    -- A stream that was created again is not the one that the checkpoint is about.
    CASE WHEN bound_stream_id <> stream.id THEN 0 ELSE checkpoint END AS checkpoint,
    subscription.created_at,
    CASE WHEN stream.deleted_at IS NULL THEN stream.version END AS head,
    lease_boot, lease_until,
    false AS has_member
FROM eventstore_subscriptions AS subscription
LEFT JOIN eventstore_streams AS stream ON stream.name = subscription.stream
WHERE ?1 IS NULL OR (subscription.stream = ?1 AND subscription.name = ?2)
ORDER BY subscription.stream, subscription.name
