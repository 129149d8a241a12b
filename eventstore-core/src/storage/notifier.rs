use std::sync::Weak;

use async_trait::async_trait;

use crate::backend::InProcessReceiver;
use crate::{EventNumber, StreamSelector};

/// A sign that there may be new events; it serves speed, and correctness never needs it.
///
/// A hint is a reason to read, never knowledge. It may come late, come from a rolled-back log, or be forged. Only what the read finds
/// counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hint {
    /// The stream is said to have reached this number.
    UpTo(EventNumber),
    /// Hints may have been lost: compare your position with the stream.
    Unknown,
}

/// Tells listeners that streams have grown.
///
/// # Contract
///
/// - A listener is told of every commit after [`Notifier::listen`] returned, or is given [`Hint::Unknown`] later.
/// - A hint names no number beyond the end of its own stream. Links are announced to the listeners of their target.
/// - If a notification is lost, the listener is still told soon: the backend polls from time to time, for all listeners at once. A
///   subscription itself polls much less often.
/// - The listeners of a stream that is soft-deleted are given [`Hint::Unknown`].
/// - What is already known is decided by what was read or committed, never by an earlier hint: after a hint that was too high, a listener
///   is told of the next commit like of any other.
/// - While the backend receives no notifications, it polls over another connection than the one that is down, and reports this by
///   [`Listener::is_connected`].
/// - For a listener that is not waiting, one hint is kept, with the highest number that arrived in the meantime; hints do not queue up.
pub trait Notifier: Send + Sync {
    /// Starts to listen; this works even while the storage is unreachable.
    fn listen(&self, selector: &StreamSelector) -> Box<dyn Listener>;

    /// Registers a receiver for in-process delivery: from now on, it is given what this process appends, as long as the receiver is
    /// alive and at least one listener exists.
    ///
    /// A backend that does not know exactly, to the last bit, what was stored delivers nothing; its events are read instead.
    fn deliver_in_process_to(&self, _recipient: Weak<dyn InProcessReceiver>) {}

    /// Returns the storage epoch: a number that changes whenever the storage may have been replaced by one that lacks the last events, as
    /// by a failover.
    ///
    /// The number changes before the caller is given anything from that storage. A subscription then compares the last event that it saw
    /// with what is stored. A storage that cannot be replaced always returns the same number.
    fn storage_epoch(&self) -> u64 {
        0
    }
}

/// One listener; dropping it ends its interest.
#[async_trait]
pub trait Listener: Send {
    /// Waits for the next hint; `None` once the notifier has been shut down.
    ///
    /// Cancel-safe: dropping the future before it is ready loses nothing.
    async fn hint(&mut self) -> Option<Hint>;

    /// Whether hints arrive at once; while they do not, the backend polls every few seconds.
    ///
    /// A hint arrives whenever this changes.
    fn is_connected(&self) -> bool {
        true
    }
}
