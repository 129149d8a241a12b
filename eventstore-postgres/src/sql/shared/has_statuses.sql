SELECT to_regclass($1 || '.eventstore_subscription_statuses') IS NOT NULL
