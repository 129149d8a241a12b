INSERT INTO {schema}.eventstore_group_members (group_id, member, holder, lasts_until)
VALUES ($1, $2, $3, clock_timestamp() + $4::interval)
ON CONFLICT (group_id, member) DO UPDATE SET holder = excluded.holder, lasts_until = excluded.lasts_until
