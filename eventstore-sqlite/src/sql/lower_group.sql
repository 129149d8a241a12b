-- ?1: the id of a group. ?2: where one of its partitions goes back to.
UPDATE eventstore_subscriptions SET checkpoint = ?2 WHERE id = ?1 AND checkpoint > ?2
