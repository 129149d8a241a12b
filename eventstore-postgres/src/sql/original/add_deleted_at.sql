ALTER TABLE {schema}.streams ADD COLUMN IF NOT EXISTS deleted_at timestamptz
