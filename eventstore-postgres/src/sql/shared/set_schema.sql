SELECT set_config('eventstore.schema', $1, true)
