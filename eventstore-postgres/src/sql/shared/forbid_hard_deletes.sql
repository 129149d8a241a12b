SELECT set_config('eventstore.enable_hard_deletes', 'off', true)
