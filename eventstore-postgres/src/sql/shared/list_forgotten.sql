SELECT forgotten_number, subject
FROM {schema}.eventstore_subjects
WHERE forgotten_number > $1
ORDER BY forgotten_number
LIMIT $2
