-- An index that has the collation already is taken over as it is when the type of its column changes. The index of a
-- primary key cannot have another collation than its column: it becomes the key afterwards.

DROP INDEX {schema}.ix_streams_stream_uuid;

ALTER INDEX {schema}.eventstore_streams_by_name RENAME TO ix_streams_stream_uuid;

ALTER TABLE {schema}.snapshots DROP CONSTRAINT snapshots_pkey;
