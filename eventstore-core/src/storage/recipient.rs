use std::time::Instant;

use crate::RecordedEvent;

/// Takes what its own process has appended, so that it need not be read.
///
/// # Contract for whoever hands over
///
/// - Events are handed over after they were committed, and before listeners are told of them.
/// - Each event equals what a read of `$all` gives, and the numbers of those handed over together follow one another.
/// - Those of several appends may be handed over in any order, and those of some never.
pub trait Recipient: Send + Sync {
    /// Takes events whose append began at this time: whatever was deleted before is not among them.
    fn take(&self, events: &[RecordedEvent], began_at: Instant);
}
