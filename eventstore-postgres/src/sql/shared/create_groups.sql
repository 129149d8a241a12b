-- The groups whose members share the partitions of a subscription; a partition is a subscription of its own. No foreign key refers to
-- shared tables. A group counts while the subscription that it is about was created at the same time: the other library may begin the
-- ids again.

CREATE TABLE IF NOT EXISTS {schema}.eventstore_groups (
    subscription_id bigint PRIMARY KEY,
    created_at timestamptz NOT NULL,
    partitions integer NOT NULL,
    ordering text NOT NULL,
    policy text NOT NULL,
    lease_epoch bigint
);

-- No index has the time, which every renewal changes: the row finds room beside itself.
CREATE TABLE IF NOT EXISTS {schema}.eventstore_group_members (
    group_id bigint NOT NULL,
    member uuid NOT NULL,
    holder text NOT NULL,
    lasts_until timestamptz NOT NULL,
    CONSTRAINT eventstore_group_members_pkey PRIMARY KEY (group_id, member)
);

CREATE TABLE IF NOT EXISTS {schema}.eventstore_group_partitions (
    subscription_id bigint PRIMARY KEY,
    group_id bigint NOT NULL,
    partition integer NOT NULL,
    member uuid,
    CONSTRAINT eventstore_group_partitions_partition_key UNIQUE (group_id, partition)
);

CREATE INDEX IF NOT EXISTS eventstore_group_partitions_by_member
    ON {schema}.eventstore_group_partitions (group_id, member);
