-- ?1: the run of the machine. ?2: when the transaction began, by the machine's clock. ?3: when a membership ends that is renewed now.
-- While the transaction has the file, no member can renew its membership, and no one can take its partitions.
UPDATE eventstore_group_members
SET lasts_until = ?3
WHERE lasts_boot = ?1 AND lasts_until > ?2 AND lasts_until < ?3
