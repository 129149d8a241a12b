INSERT INTO eventstore_forgotten_subjects (subject) VALUES (?1) ON CONFLICT DO NOTHING
