-- ?1: the group. ?2: the member. ?3: its name. ?4: the run of the machine. ?5: when the membership ends.
INSERT INTO eventstore_group_members (group_id, member, holder, lasts_boot, lasts_until)
VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (group_id, member) DO UPDATE
    SET holder = excluded.holder, lasts_boot = excluded.lasts_boot, lasts_until = excluded.lasts_until
