SELECT pg_try_advisory_lock(hashtextextended('eventstore index ' || $1, 0))
