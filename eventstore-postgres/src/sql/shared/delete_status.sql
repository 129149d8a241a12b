DELETE FROM {schema}.eventstore_subscription_statuses WHERE subscription_id = $1
