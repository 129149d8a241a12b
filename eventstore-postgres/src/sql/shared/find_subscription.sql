SELECT subscription_id, coalesce(last_seen, 0) AS checkpoint
FROM {schema}.subscriptions
WHERE stream_uuid = $1 AND subscription_name = $2
