SELECT to_regclass($1 || '.eventstore_parked_events') IS NOT NULL
    AND to_regclass($1 || '.eventstore_subscription_streams') IS NOT NULL
