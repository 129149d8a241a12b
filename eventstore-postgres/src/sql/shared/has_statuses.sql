-- A table without this column is one of before: it gets the column.
SELECT EXISTS (
    SELECT FROM pg_catalog.pg_attribute
    WHERE attrelid = to_regclass($1 || '.eventstore_subscription_statuses') AND attname = 'is_running'
)
