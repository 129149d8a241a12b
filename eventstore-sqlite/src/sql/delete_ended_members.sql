-- ?1: the group. ?2: the run of the machine. ?3: the machine's clock. ?4: when a membership ends that is renewed now.
DELETE FROM eventstore_group_members
WHERE group_id = ?1 AND (lasts_boot <> ?2 OR lasts_until <= ?3 OR lasts_until > ?4)
