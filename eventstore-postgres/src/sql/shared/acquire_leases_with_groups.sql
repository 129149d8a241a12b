-- Rows are locked first, and not waited for: a holder with an open step of a subscription still holds its row. From then on no
-- earlier holder stores anything, so that what is returned is the latest checkpoint, also if it is later than the snapshot.
-- Locks that are waited for, of rows that others create, are taken in the order of names.
-- $4 are the subscriptions that this session holds: the server would give it their locks again.
-- A partition that a member of a group holds is not given. A single holder of a group goes on where the slowest partition is, and its epoch
-- ends the memberships.
WITH asked AS MATERIALIZED (
    SELECT place, stream_uuid, subscription_name, start_after
    FROM unnest($1::text[], $2::text[], $3::bigint[])
        WITH ORDINALITY AS asked (stream_uuid, subscription_name, start_after, place)
),
there AS MATERIALIZED (
    SELECT asked.place, subscription.subscription_id
    FROM asked
    JOIN {schema}.subscriptions AS subscription USING (stream_uuid, subscription_name)
),
found AS MATERIALIZED (
    SELECT there.place, subscription.subscription_id, subscription.stream_uuid, subscription.created_at,
        subscription.tableoid::int4 AS table_id
    FROM there
    JOIN {schema}.subscriptions AS subscription USING (subscription_id)
    WHERE subscription.subscription_id <> ALL ($4::bigint[])
        AND NOT EXISTS (
            SELECT
            FROM {schema}.eventstore_group_partitions AS partition
            JOIN {schema}.eventstore_groups AS shared ON shared.subscription_id = partition.group_id
            JOIN {schema}.subscriptions AS own
                ON own.subscription_id = shared.subscription_id AND own.created_at = shared.created_at
            JOIN {schema}.eventstore_group_members AS member
                ON member.group_id = partition.group_id AND member.member = partition.member
            WHERE partition.subscription_id = subscription.subscription_id AND member.lasts_until > clock_timestamp()
                AND shared.lease_epoch IS NOT DISTINCT FROM own.lease_epoch
        )
    FOR NO KEY UPDATE OF subscription SKIP LOCKED
),
created AS (
    INSERT INTO {schema}.subscriptions (stream_uuid, subscription_name, last_seen, lease_epoch)
    SELECT stream_uuid, subscription_name, start_after, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
    FROM asked
    WHERE place NOT IN (SELECT place FROM there)
    ORDER BY stream_uuid, subscription_name
    ON CONFLICT (stream_uuid, subscription_name) DO NOTHING
    RETURNING subscription_id, stream_uuid, subscription_name, created_at, lease_epoch, tableoid::int4 AS table_id
),
candidates AS MATERIALIZED (
    SELECT place, subscription_id, stream_uuid, created_at, table_id, NULL::bigint AS first_epoch, NULL::bigint AS start_after
    FROM found
    UNION ALL
    SELECT asked.place, created.subscription_id, created.stream_uuid, created.created_at, created.table_id,
        created.lease_epoch, asked.start_after
    FROM created
    JOIN asked USING (stream_uuid, subscription_name)
    WHERE created.subscription_id <> ALL ($4::bigint[])
),
-- Evaluated once for each candidate: every call that succeeds counts, and has to be undone by an unlock of its own.
locked AS MATERIALIZED (
    SELECT place, subscription_id, stream_uuid, created_at, first_epoch, start_after
    FROM candidates
    WHERE pg_try_advisory_lock(
        table_id,
        CASE WHEN subscription_id > 2147483647 THEN subscription_id % 2147483647 ELSE subscription_id END::int4
    )
),
bound AS (
    INSERT INTO {schema}.eventstore_subscription_streams AS bound (subscription_id, created_at, stream_id)
    SELECT locked.subscription_id, locked.created_at, stream.stream_id
    FROM locked
    JOIN {schema}.streams AS stream USING (stream_uuid)
    ORDER BY locked.subscription_id
    ON CONFLICT (subscription_id) DO UPDATE
        SET created_at = excluded.created_at, stream_id = excluded.stream_id
        WHERE bound.created_at <> excluded.created_at OR bound.stream_id <> excluded.stream_id
),
-- The time keeps epochs apart where ids begin again, as after a reset by the other library. A row that was created above is not
-- seen here.
renewed AS (
    UPDATE {schema}.subscriptions AS subscription
    SET lease_epoch = greatest(
            coalesce(subscription.lease_epoch, 0) + 1,
            (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
        ),
        last_seen = greatest(
            CASE WHEN before.stream_id <> stream.stream_id THEN 0 ELSE subscription.last_seen END,
            slowest.checkpoint
        )
    FROM locked
    LEFT JOIN {schema}.streams AS stream ON stream.stream_uuid = locked.stream_uuid
    LEFT JOIN {schema}.eventstore_subscription_streams AS before
        ON before.subscription_id = locked.subscription_id AND before.created_at = locked.created_at
    LEFT JOIN LATERAL (
        SELECT min(coalesce(one.last_seen, 0)) AS checkpoint
        FROM {schema}.eventstore_groups AS shared
        JOIN {schema}.eventstore_group_partitions AS partition ON partition.group_id = shared.subscription_id
        JOIN {schema}.subscriptions AS one ON one.subscription_id = partition.subscription_id
        WHERE shared.subscription_id = locked.subscription_id AND shared.created_at = locked.created_at
    ) AS slowest ON true
    WHERE subscription.subscription_id = locked.subscription_id
    RETURNING locked.place, subscription.subscription_id, subscription.lease_epoch,
        coalesce(subscription.last_seen, 0) AS checkpoint, stream.stream_id
),
given AS (
    SELECT place, subscription_id, lease_epoch, checkpoint, stream_id
    FROM renewed
    UNION ALL
    SELECT locked.place, locked.subscription_id, locked.first_epoch, locked.start_after, stream.stream_id
    FROM locked
    LEFT JOIN {schema}.streams AS stream USING (stream_uuid)
    WHERE locked.first_epoch IS NOT NULL
)
SELECT
    place IN (SELECT place FROM there) OR (stream_uuid, subscription_name) IN (
        SELECT stream_uuid, subscription_name FROM created
    ) AS is_there,
    given.subscription_id, given.lease_epoch, given.checkpoint, given.stream_id
FROM asked
LEFT JOIN given USING (place)
ORDER BY place
