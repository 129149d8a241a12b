SELECT EXISTS (SELECT FROM {schema}.eventstore_groups WHERE subscription_id = $1)
