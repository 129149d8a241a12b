UPDATE {schema}.subscriptions SET last_seen = $2 WHERE subscription_id = $1
