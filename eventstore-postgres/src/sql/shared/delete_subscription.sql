DELETE FROM {schema}.subscriptions WHERE subscription_id = $1
