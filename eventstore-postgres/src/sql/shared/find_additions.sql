SELECT to_regclass($1 || '.eventstore_parked_events') IS NOT NULL
