SELECT set_config(name, limits.value, false)
-- Older servers lack some of these settings, and setting an unknown one would fail.
FROM pg_settings
JOIN (
    VALUES ('idle_session_timeout', $1), ('tcp_user_timeout', $1), ('tcp_keepalives_idle', '2'),
        ('tcp_keepalives_interval', '1'), ('tcp_keepalives_count', '2'), ('lock_timeout', '1s')
) AS limits (name, value) USING (name)
