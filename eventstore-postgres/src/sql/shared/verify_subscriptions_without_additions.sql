SELECT subscription.subscription_name, subscription.stream_uuid, subscription.last_seen,
    coalesce(stream.stream_version, 0) AS head
FROM {schema}.subscriptions AS subscription
LEFT JOIN {schema}.streams AS stream ON stream.stream_uuid = subscription.stream_uuid
WHERE subscription.last_seen > coalesce(stream.stream_version, 0) OR subscription.last_seen < 0
ORDER BY subscription.subscription_id
