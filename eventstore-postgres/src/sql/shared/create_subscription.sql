INSERT INTO {schema}.subscriptions (stream_uuid, subscription_name, last_seen)
VALUES ($1, $2, $3)
ON CONFLICT (stream_uuid, subscription_name) DO NOTHING
