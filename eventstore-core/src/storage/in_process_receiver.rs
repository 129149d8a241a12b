use std::time::Instant;

use crate::backend::NumberedEvent;

/// Receives the events that its own process has appended, so that they need not be read (in-process delivery).
///
/// # Contract for the backend that delivers
///
/// - Events are delivered after they were committed, and before listeners are told of them.
/// - Each event equals what a read of `$all` returns, and the numbers of events that are delivered together are consecutive.
/// - The events of several appends may be delivered in any order, and those of some appends never.
pub trait InProcessReceiver: Send + Sync {
    /// Receives events whose append began at `began_at`; no event that was deleted before that time is among them.
    fn receive(&self, events: &[NumberedEvent], began_at: Instant);
}
