-- ?1: the id of the stream. ?2: the time, or nothing to undelete it.
UPDATE eventstore_streams SET deleted_at = ?2 WHERE id = ?1
