DELETE FROM eventstore_subject_keys WHERE subject = ?1
