use tokio::time::Instant;

/// Distinguishes what was read since the last failover from what was read before it (ADR 38).
#[derive(Debug, Default)]
pub(super) struct Epoch {
    storage_epoch: u64,
    /// When the failover was noticed.
    since: Option<Instant>,
}

impl Epoch {
    /// Returns whether there was a failover since the last call.
    pub(super) fn renew(&mut self, storage_epoch: u64) -> bool {
        let is_new = storage_epoch != self.storage_epoch;
        if is_new {
            *self = Self {
                storage_epoch,
                since: Some(Instant::now()),
            };
        }
        is_new
    }

    /// Whether a read or append that began at this time is of the current storage.
    pub(super) fn holds(&self, began_at: Instant) -> bool {
        self.since.is_none_or(|since| began_at >= since)
    }
}
