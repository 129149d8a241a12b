SELECT pg_advisory_xact_lock(hashtextextended('eventstore schema ' || $1, 0))
