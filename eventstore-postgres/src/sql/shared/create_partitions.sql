-- Returns a name that another subscription has. $2 are the names of the partitions, in order.
WITH wanted AS MATERIALIZED (
    SELECT name, place FROM unnest($2::text[]) WITH ORDINALITY AS wanted (name, place)
),
created AS (
    INSERT INTO {schema}.subscriptions (stream_uuid, subscription_name, last_seen)
    SELECT own.stream_uuid, wanted.name, $3
    FROM wanted
    JOIN {schema}.subscriptions AS own ON own.subscription_id = $1
    ORDER BY wanted.place
    ON CONFLICT (stream_uuid, subscription_name) DO NOTHING
    RETURNING subscription_id, subscription_name
),
-- A row of the same id is about a subscription that is no more.
shared AS (
    INSERT INTO {schema}.eventstore_group_partitions (subscription_id, group_id, partition)
    SELECT created.subscription_id, $1, wanted.place::integer
    FROM created
    JOIN wanted ON wanted.name = created.subscription_name
    ON CONFLICT (subscription_id) DO UPDATE
        SET group_id = excluded.group_id, partition = excluded.partition, member = NULL
)
SELECT wanted.name
FROM wanted
WHERE NOT EXISTS (SELECT FROM created WHERE created.subscription_name = wanted.name)
ORDER BY wanted.place
LIMIT 1
