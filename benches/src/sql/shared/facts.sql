SELECT
    current_setting('server_version') AS version,
    current_setting('fsync')::boolean AS fsync,
    current_setting('synchronous_commit') AS synchronous_commit,
    current_setting('full_page_writes')::boolean AS full_page_writes
