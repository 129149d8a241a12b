SELECT
    (SELECT system_identifier FROM pg_catalog.pg_control_system()) AS system_identifier,
    (SELECT oid::bigint FROM pg_catalog.pg_database WHERE datname = current_database()) AS database,
    pg_catalog.pg_is_in_recovery() AS is_in_recovery
