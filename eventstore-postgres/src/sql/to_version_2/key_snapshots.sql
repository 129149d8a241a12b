ALTER TABLE {schema}.snapshots
    ADD CONSTRAINT snapshots_pkey PRIMARY KEY USING INDEX eventstore_snapshots_by_source
