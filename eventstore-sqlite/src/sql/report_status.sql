INSERT OR REPLACE INTO eventstore_subscription_statuses (
    subscription_id, holder, delivered, in_flight, subscribers, attempts,
    failed_number, failed_event_id, failure, failed_at, reported_at,
    is_running, alone_number, alone_attempts
)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
