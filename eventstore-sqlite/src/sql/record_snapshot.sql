-- ?1: the source. ?2: the version. ?3: the type. ?4: the time. ?5 and ?6: the payloads. ?7: whether a later one is replaced.
INSERT INTO eventstore_snapshots AS recorded (source, version, snapshot_type, created_at, data, metadata)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (source) DO UPDATE SET
    version = excluded.version,
    snapshot_type = excluded.snapshot_type,
    created_at = excluded.created_at,
    data = excluded.data,
    metadata = excluded.metadata
    WHERE ?7 OR recorded.version <= excluded.version
