DELETE FROM {schema}.eventstore_subscription_streams WHERE subscription_id = $1
