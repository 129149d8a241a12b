SELECT
    held.subscription_id,
    subscription.subscription_id IS NULL AS is_deleted,
    coalesce(coalesce(held.stream_id, bound.stream_id) <> stream.stream_id, false) AS is_stream_replaced,
    subscription.lease_epoch IS DISTINCT FROM held.lease_epoch AS is_fenced
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS held (subscription_id, stream_id, lease_epoch)
LEFT JOIN {schema}.subscriptions AS subscription ON subscription.subscription_id = held.subscription_id
LEFT JOIN {schema}.streams AS stream ON stream.stream_uuid = subscription.stream_uuid
LEFT JOIN {schema}.eventstore_subscription_streams AS bound
    ON bound.subscription_id = subscription.subscription_id AND bound.created_at = subscription.created_at
WHERE subscription.subscription_id IS NULL
    OR subscription.lease_epoch IS DISTINCT FROM held.lease_epoch
    OR (stream.stream_id IS NOT NULL AND stream.stream_id IS DISTINCT FROM held.stream_id)
