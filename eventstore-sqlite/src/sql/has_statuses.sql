-- A table without this column is one of before: it is made again.
SELECT EXISTS (SELECT 1 FROM pragma_table_info('eventstore_subscription_statuses') WHERE name = 'is_running')
