-- ?1: the id of the target. ?2: the version of the link. ?3: the position of the event.
INSERT INTO eventstore_links (stream_id, stream_version, position) VALUES (?1, ?2, ?3)
