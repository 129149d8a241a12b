-- ?1: the id of the target. ?2: the version of the first link. ?3: a JSON array of positions.
INSERT INTO eventstore_links (stream_id, stream_version, position)
SELECT ?1, ?2 + place.key, place.value FROM json_each(?3) AS place
