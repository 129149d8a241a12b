-- Whatever is stored late by a holder of before is refused from now on.
UPDATE {schema}.subscriptions
SET last_seen = $2,
    lease_epoch = greatest(coalesce(lease_epoch, 0) + 1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
WHERE subscription_id = $1
