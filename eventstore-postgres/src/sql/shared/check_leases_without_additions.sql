SELECT
    held.subscription_id,
    true AS is_deleted,
    false AS is_stream_replaced
FROM unnest($1::bigint[], $2::bigint[]) AS held (subscription_id, stream_id)
LEFT JOIN {schema}.subscriptions AS subscription ON subscription.subscription_id = held.subscription_id
WHERE subscription.subscription_id IS NULL
