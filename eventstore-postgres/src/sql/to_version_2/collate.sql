-- No table is rewritten; an index is rebuilt unless it has the collation already. A trigger on a column prevents the change.

DROP TRIGGER IF EXISTS no_rename_streams ON {schema}.streams;

ALTER TABLE {schema}.streams ALTER COLUMN stream_uuid TYPE text COLLATE "C";

ALTER TABLE {schema}.snapshots ALTER COLUMN source_uuid TYPE text COLLATE "C";

ALTER TABLE {schema}.subscriptions
    ALTER COLUMN stream_uuid TYPE text COLLATE "C",
    ALTER COLUMN subscription_name TYPE text COLLATE "C";
