SELECT
    current_setting('max_locks_per_transaction')::bigint
        * (current_setting('max_connections')::bigint + current_setting('max_prepared_transactions')::bigint) AS capacity,
    -- Locks on the fast path are in the sessions and take no room in the table.
    (SELECT count(*) FROM pg_catalog.pg_locks WHERE NOT fastpath) AS taken
