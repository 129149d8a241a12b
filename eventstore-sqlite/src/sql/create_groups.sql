-- What the members of a group agree on. `lease_epoch` is that of the subscription's own row since members share it: a single holder that takes
-- the lease raises it there, which ends all memberships.
CREATE TABLE IF NOT EXISTS eventstore_groups (
    subscription_id INTEGER PRIMARY KEY,
    partitions INTEGER NOT NULL,
    ordering TEXT NOT NULL,
    policy TEXT NOT NULL,
    lease_epoch INTEGER NOT NULL
) STRICT;

-- A membership lasts until the machine's clock shows `lasts_until`; `lasts_boot` names the run of the machine that the clock is of.
CREATE TABLE IF NOT EXISTS eventstore_group_members (
    group_id INTEGER NOT NULL,
    member BLOB NOT NULL,
    holder TEXT NOT NULL,
    lasts_boot TEXT NOT NULL,
    lasts_until INTEGER NOT NULL,
    PRIMARY KEY (group_id, member)
) STRICT, WITHOUT ROWID;

-- Each partition is a subscription of its own. Who holds one has a row among the members, though perhaps one that has ended.
CREATE TABLE IF NOT EXISTS eventstore_group_partitions (
    subscription_id INTEGER PRIMARY KEY,
    group_id INTEGER NOT NULL,
    partition INTEGER NOT NULL,
    member BLOB,
    UNIQUE (group_id, partition)
) STRICT;

CREATE INDEX IF NOT EXISTS eventstore_group_partitions_member
    ON eventstore_group_partitions (group_id, member, partition);
