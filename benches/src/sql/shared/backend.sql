SELECT
    pg_backend_pid() AS pid,
    inet_client_port() AS client_port,
    inet_server_addr() IS NULL OR inet_server_addr() <<= '127.0.0.0/8' OR inet_server_addr() = '::1' AS is_local
