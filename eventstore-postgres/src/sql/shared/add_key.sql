-- All keys of a subject are in one row: a process that forgets the subject waits for this statement, or the other way around.
WITH added AS (
    INSERT INTO {schema}.eventstore_subjects AS subject (subject, key_numbers, wrapped_keys)
    VALUES ($1, ARRAY[$2::bigint], ARRAY[$3::bytea])
    ON CONFLICT (subject) DO UPDATE
        SET key_numbers = subject.key_numbers || excluded.key_numbers,
            wrapped_keys = subject.wrapped_keys || excluded.wrapped_keys
        WHERE subject.forgotten_number IS NULL AND $2 <> ALL (subject.key_numbers)
    RETURNING subject
)
SELECT EXISTS (SELECT FROM added) AS is_added
