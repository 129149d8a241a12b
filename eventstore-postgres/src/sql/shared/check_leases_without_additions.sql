SELECT
    held.subscription_id,
    true AS is_deleted,
    false AS is_stream_replaced,
    false AS is_fenced
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS held (subscription_id, stream_id, lease_epoch)
LEFT JOIN {schema}.subscriptions AS subscription ON subscription.subscription_id = held.subscription_id
WHERE subscription.subscription_id IS NULL
