-- What the holders of subscriptions have reported last.
CREATE TABLE IF NOT EXISTS eventstore_subscription_statuses (
    subscription_id INTEGER PRIMARY KEY,
    holder TEXT NOT NULL,
    delivered INTEGER NOT NULL,
    in_flight INTEGER NOT NULL,
    subscribers INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    failed_number INTEGER,
    failed_event_id BLOB,
    failure TEXT,
    failed_at INTEGER,
    reported_at INTEGER NOT NULL,
    is_running INTEGER NOT NULL,
    alone_number INTEGER,
    alone_attempts INTEGER
) STRICT
