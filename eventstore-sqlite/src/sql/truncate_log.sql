-- Writers wait meanwhile. Answers first whether it was hindered.
PRAGMA wal_checkpoint(TRUNCATE)
