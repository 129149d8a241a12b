use tokio::time::Instant;

/// Tells what was read of the storage as it is from what was read before it was exchanged for another one.
#[derive(Debug, Default)]
pub(super) struct Epoch {
    incarnation: u64,
    /// When the exchange was noticed.
    since: Option<Instant>,
}

impl Epoch {
    /// Whether the storage is another one than before.
    pub(super) fn renew(&mut self, incarnation: u64) -> bool {
        let is_new = incarnation != self.incarnation;
        if is_new {
            *self = Self {
                incarnation,
                since: Some(Instant::now()),
            };
        }
        is_new
    }

    /// Whether what began at this time is of this storage.
    pub(super) fn holds(&self, began_at: Instant) -> bool {
        self.since.is_none_or(|since| began_at >= since)
    }
}
