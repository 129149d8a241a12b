SELECT setval(pg_get_serial_sequence('streams', 'stream_id'), greatest($1, 1), $1 > 0)
