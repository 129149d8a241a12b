use std::sync::Weak;

use async_trait::async_trait;

use crate::{EventNumber, Recipient, StreamSelector};

/// A sign that there may be new events; it is never needed for correctness, only for speed.
///
/// A hint is a reason to read, never knowledge: it may come late, or from a log that has been rolled back, or be forged. What the
/// read finds counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hint {
    /// The stream is said to have reached this number.
    UpTo(EventNumber),
    /// Hints may have been lost: compare your position with the stream.
    Unknown,
}

/// Tells who listens that streams have grown.
///
/// # Contract
///
/// - A listener is told of every commit after [`Notifier::listen`] returned, or is given [`Hint::Unknown`] later.
/// - A hint names no number beyond the end of its own stream. Links are told to the listeners of their target.
/// - Whatever is lost on the way, a listener is told soon: it is the backend that polls, now and then, for all listeners at once.
///   A subscription asks by itself much less often.
/// - The listeners of a stream that is deleted softly are given [`Hint::Unknown`].
/// - What is no news is judged by what was read or committed, never by an earlier hint: after a hint that was too high, a listener
///   is told of the next commit like of any other.
/// - While the backend hears of nothing, it polls, over another connection than the one that is down, and says so by
///   [`Listener::is_connected`].
/// - For a listener that does not listen one hint is kept, with the highest number that came meanwhile; nothing queues up.
pub trait Notifier: Send + Sync {
    /// Begins to listen; works while the storage is unreachable.
    fn listen(&self, selector: &StreamSelector) -> Box<dyn Listener>;

    /// Hands what this process appends over to the recipient from now on, as long as it lives and somebody listens.
    ///
    /// A backend that does not know to the last bit what was stored hands nothing over: it is read.
    fn hand_over_to(&self, _recipient: Weak<dyn Recipient>) {}

    /// Another number whenever the storage may have been exchanged for one that lacks the last events, as by a failover: before
    /// anything of that one is given to a caller.
    ///
    /// A subscription then compares what it saw last with what stands there. A storage that cannot be exchanged has one number.
    fn incarnation(&self) -> u64 {
        0
    }
}

/// One listener; dropping it ends its interest.
#[async_trait]
pub trait Listener: Send {
    /// Waits for the next hint; `None` once the notifier has been shut down.
    ///
    /// Dropping the future before it is ready loses nothing.
    async fn hint(&mut self) -> Option<Hint>;

    /// Whether hints come at once. While they do not, the backend polls every few seconds; a hint comes whenever this changes.
    fn is_connected(&self) -> bool {
        true
    }
}
