CREATE TABLE IF NOT EXISTS {schema}.eventstore_subjects (
    subject text COLLATE "C" PRIMARY KEY,
    key_numbers bigint[] NOT NULL,
    wrapped_keys bytea[] NOT NULL,
    forgotten_number bigint UNIQUE,
    CHECK (cardinality(key_numbers) = cardinality(wrapped_keys)),
    CHECK (forgotten_number IS NULL OR key_numbers = '{}')
);

CREATE TABLE IF NOT EXISTS {schema}.eventstore_last_forgotten (
    is_only_row boolean PRIMARY KEY DEFAULT true CHECK (is_only_row),
    number bigint NOT NULL
);

INSERT INTO {schema}.eventstore_last_forgotten (number) VALUES (0) ON CONFLICT DO NOTHING;
