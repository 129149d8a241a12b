UPDATE streams SET stream_version = $1 WHERE stream_id = 0
