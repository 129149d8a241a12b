use std::num::NonZeroUsize;

/// How much goes into one transaction, and how many transactions are under way at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupLimits {
    /// The maximum number of prompt groups under way at once.
    pub prompt_groups: NonZeroUsize,
    /// The maximum number of patient groups under way at once; each may wait long for its lock.
    pub patient_groups: NonZeroUsize,
    /// The number of waiting events for which a prompt group begins beside another one.
    pub worthwhile: usize,
    /// The maximum number of events in a group of several appends.
    pub events: usize,
    /// The maximum number of bytes of events in a group of several appends.
    pub bytes: usize,
}

impl Default for GroupLimits {
    /// Allows one prompt and two patient groups of 2,000 events or 4 MiB.
    fn default() -> Self {
        Self {
            prompt_groups: NonZeroUsize::MIN,
            patient_groups: NonZeroUsize::MIN.saturating_add(1),
            worthwhile: 64,
            events: 2_000,
            bytes: 4 << 20,
        }
    }
}
