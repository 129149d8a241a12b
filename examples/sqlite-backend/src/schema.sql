-- The row of `$all` counts the positions: its version is the position of the newest event.
CREATE TABLE IF NOT EXISTS streams (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

INSERT OR IGNORE INTO streams (id, name, version, created_at)
VALUES (0, '$all', 0, CAST(unixepoch('subsec') * 1000000 AS INTEGER));

CREATE TABLE IF NOT EXISTS events (
    position INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL REFERENCES streams,
    version INTEGER NOT NULL,
    id BLOB NOT NULL UNIQUE,
    type TEXT NOT NULL,
    causation_id BLOB,
    correlation_id BLOB,
    data BLOB NOT NULL,
    metadata BLOB,
    created_at INTEGER NOT NULL,
    UNIQUE (stream, version)
) STRICT;

-- Who reads a stream, `$all` among them, reads these numbers in their order.
CREATE VIEW IF NOT EXISTS numbered AS
SELECT 0 AS reader, position AS number, events.*, streams.name FROM events JOIN streams ON streams.id = stream
UNION ALL
SELECT stream, events.version, events.*, streams.name FROM events JOIN streams ON streams.id = stream;
