-- $1: the quoted name of the schema. $2: the name of the index.
SELECT indisvalid AS is_valid
FROM pg_catalog.pg_index
WHERE indexrelid = to_regclass($1 || '.' || $2) AND indrelid = to_regclass($1 || '.events')
