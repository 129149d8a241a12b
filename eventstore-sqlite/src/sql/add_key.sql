INSERT INTO eventstore_subject_keys (subject, number, wrapped_key)
SELECT ?1, ?2, ?3
WHERE NOT EXISTS (SELECT 1 FROM eventstore_forgotten_subjects WHERE subject = ?1)
ON CONFLICT DO NOTHING
