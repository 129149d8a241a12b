-- The lease that may store a checkpoint. It is in the row that it guards, so that a write which has waited for the row compares
-- it with the latest one. The other library names the columns that it writes, and leaves this one alone.

ALTER TABLE {schema}.subscriptions ADD COLUMN IF NOT EXISTS lease_epoch bigint;
