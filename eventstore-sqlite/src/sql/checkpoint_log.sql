-- Copies what no reader hinders, and waits for no one.
PRAGMA wal_checkpoint(PASSIVE)
