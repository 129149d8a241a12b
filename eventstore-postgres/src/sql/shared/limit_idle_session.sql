SELECT set_config(name, $1, false)
FROM pg_settings
WHERE name = 'idle_session_timeout'
