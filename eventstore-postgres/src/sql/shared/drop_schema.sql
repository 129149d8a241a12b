DROP SCHEMA {schema}
