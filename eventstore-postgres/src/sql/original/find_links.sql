SELECT
    placed.event_id,
    EXISTS (
        SELECT
        FROM {schema}.stream_events AS link
        JOIN {schema}.streams AS target ON target.stream_id = link.stream_id
        WHERE link.event_id = placed.event_id AND target.stream_uuid = $2
    ) AS is_in_target
FROM {schema}.stream_events AS placed
WHERE placed.stream_id = 0 AND placed.event_id = ANY($1)
