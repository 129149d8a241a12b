SELECT subscription_id, stream_uuid, subscription_name, last_seen, created_at
FROM subscriptions
WHERE stream_uuid = $1 AND subscription_name = $2
