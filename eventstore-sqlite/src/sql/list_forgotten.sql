SELECT number, subject FROM eventstore_forgotten_subjects WHERE number > ?1 ORDER BY number LIMIT ?2
