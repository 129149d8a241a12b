-- ?1: a JSON array of pairs, id and epoch.
UPDATE eventstore_subscriptions
SET lease_boot = NULL, lease_until = NULL
FROM json_each(?1) AS given
WHERE eventstore_subscriptions.id = given.value ->> 0 AND lease_epoch = given.value ->> 1
