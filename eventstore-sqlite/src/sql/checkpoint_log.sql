-- Copies what no reader hinders; nobody waits.
PRAGMA wal_checkpoint(PASSIVE)
