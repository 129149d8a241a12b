SELECT to_regclass($1 || '.eventstore_parked_events') IS NOT NULL
    AND to_regclass($1 || '.eventstore_subscription_streams') IS NOT NULL
    AND EXISTS (
        SELECT
        FROM pg_catalog.pg_attribute
        WHERE attrelid = to_regclass($1 || '.subscriptions') AND attname = 'lease_epoch' AND NOT attisdropped
    )
