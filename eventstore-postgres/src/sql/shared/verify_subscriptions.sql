-- The checkpoint of a stream that was re-created since is 0, as it is for the next holder of the lease.
SELECT subscription.subscription_name, subscription.stream_uuid, subscription.last_seen,
    coalesce(stream.stream_version, 0) AS head
FROM {schema}.subscriptions AS subscription
LEFT JOIN {schema}.streams AS stream ON stream.stream_uuid = subscription.stream_uuid
LEFT JOIN {schema}.eventstore_subscription_streams AS bound
    ON bound.subscription_id = subscription.subscription_id AND bound.created_at = subscription.created_at
WHERE (subscription.last_seen > coalesce(stream.stream_version, 0) OR subscription.last_seen < 0)
    AND (bound.stream_id <> stream.stream_id) IS NOT TRUE
ORDER BY subscription.subscription_id
