SELECT forgotten_number IS NOT NULL AS is_forgotten, key_numbers, wrapped_keys
FROM {schema}.eventstore_subjects
WHERE subject = $1
