use std::time::Duration;

use crate::config::PostgresConfig;

/// A pool with fewer connections has none to spare for an append that waits.
const CONNECTIONS_TO_SPARE_ONE: usize = 3;

/// How long appends wait for a stream that another transaction has locked.
pub(crate) struct LockWaits {
    /// For a transaction that several callers wait for, in the server's syntax.
    pub(super) shared: String,
    /// For each attempt of an append that waits alone, in the server's syntax.
    pub(super) patient: String,
    /// Between such attempts, the connection is available to others.
    pub(super) pause: Duration,
    /// How long an append waits alone, in all.
    pub(super) patience: Duration,
}

impl LockWaits {
    pub(crate) fn new(config: &PostgresConfig, connections: usize) -> Self {
        let shared = config.lock_timeout();
        let patient = if connections < CONNECTIONS_TO_SPARE_ONE {
            shared / 10
        } else {
            shared
        };
        Self {
            shared: in_milliseconds(shared),
            patient: in_milliseconds(patient),
            pause: shared.saturating_sub(patient),
            patience: config.statement_timeout(),
        }
    }
}

/// Never returns zero, which the server takes for no limit.
fn in_milliseconds(time: Duration) -> String {
    format!("{}ms", time.as_millis().max(1))
}
