-- Every table has a prefix, so that the tables of projections can be in the same file.

CREATE TABLE eventstore_schema (
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- The row of `$all` has the id 0; its version is the highest position that was ever given, which a hard delete does not lower.
-- AUTOINCREMENT, because a name that is used again after a hard delete is another stream.
CREATE TABLE eventstore_streams (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    deleted_at INTEGER
) STRICT;

-- The payloads come last: what is before them is read without them.
CREATE TABLE eventstore_events (
    position INTEGER PRIMARY KEY,
    stream_id INTEGER NOT NULL,
    stream_version INTEGER NOT NULL,
    event_id BLOB NOT NULL UNIQUE,
    event_type TEXT NOT NULL,
    causation_id BLOB,
    correlation_id BLOB,
    created_at INTEGER NOT NULL,
    data BLOB NOT NULL,
    metadata BLOB,
    UNIQUE (stream_id, stream_version)
) STRICT;

CREATE INDEX eventstore_events_correlation_id
    ON eventstore_events (correlation_id, position) WHERE correlation_id IS NOT NULL;

CREATE TABLE eventstore_links (
    stream_id INTEGER NOT NULL,
    stream_version INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (stream_id, stream_version),
    UNIQUE (position, stream_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE eventstore_snapshots (
    source TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    snapshot_type TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    data BLOB NOT NULL,
    metadata BLOB
) STRICT;

-- A lease is given until the machine's clock shows `lease_until`; `lease_boot` names the run of the machine that the clock is of.
-- `bound_stream_id` is the stream that the checkpoint is about.
CREATE TABLE eventstore_subscriptions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    stream TEXT NOT NULL,
    name TEXT NOT NULL,
    checkpoint INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    bound_stream_id INTEGER,
    lease_epoch INTEGER NOT NULL DEFAULT 0,
    lease_boot TEXT,
    lease_until INTEGER,
    UNIQUE (stream, name)
) STRICT;

CREATE TABLE eventstore_parked_events (
    subscription_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    event_id BLOB NOT NULL,
    partition_key BLOB,
    reason TEXT,
    attempts INTEGER NOT NULL,
    parked_at INTEGER NOT NULL,
    PRIMARY KEY (subscription_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE eventstore_subject_keys (
    subject TEXT NOT NULL,
    number INTEGER NOT NULL,
    wrapped_key BLOB NOT NULL,
    PRIMARY KEY (subject, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE eventstore_forgotten_subjects (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    subject TEXT NOT NULL UNIQUE
) STRICT;
