-- The row of the last number is locked until the commit: numbers can be seen in their order. Nothing is forgotten without it.
WITH counted AS (
    UPDATE {schema}.eventstore_last_forgotten SET number = number + 1 RETURNING number
),
forgotten AS (
    INSERT INTO {schema}.eventstore_subjects AS subject (subject, key_numbers, wrapped_keys, forgotten_number)
    SELECT $1, '{}', '{}', counted.number FROM counted
    ON CONFLICT (subject) DO UPDATE
        SET key_numbers = '{}', wrapped_keys = '{}', forgotten_number = excluded.forgotten_number
        WHERE subject.forgotten_number IS NULL
)
SELECT EXISTS (SELECT FROM counted) AS is_counted
