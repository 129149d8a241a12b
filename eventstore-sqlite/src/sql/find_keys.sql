-- A subject that is forgotten has a row without a number, which comes first.
SELECT NULL AS number, NULL AS wrapped_key FROM eventstore_forgotten_subjects WHERE subject = ?1
UNION ALL
SELECT number, wrapped_key FROM eventstore_subject_keys WHERE subject = ?1
ORDER BY number
