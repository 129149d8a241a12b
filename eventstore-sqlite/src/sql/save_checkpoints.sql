-- ?1: a JSON array of arrays: id, epoch, checkpoint; each subscription once.
UPDATE eventstore_subscriptions
SET checkpoint = saved.value ->> 2
FROM json_each(?1) AS saved
WHERE eventstore_subscriptions.id = saved.value ->> 0 AND lease_epoch = saved.value ->> 1 AND checkpoint < saved.value ->> 2
RETURNING eventstore_subscriptions.id
