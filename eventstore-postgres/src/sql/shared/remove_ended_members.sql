-- A row that is locked is being renewed, or removed by another.
WITH ended AS MATERIALIZED (
    SELECT member
    FROM {schema}.eventstore_group_members
    WHERE group_id = $1 AND lasts_until <= clock_timestamp()
    FOR UPDATE SKIP LOCKED
)
DELETE FROM {schema}.eventstore_group_members AS former
USING ended
WHERE former.group_id = $1 AND former.member = ended.member
