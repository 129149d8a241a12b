use crate::{EndReason, EventNumber};

/// What a subscription is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SubscriptionStatus {
    /// Waiting for the lease: another process may hold it, or the storage cannot be reached.
    Acquiring,
    /// Reading events that were there before.
    CatchingUp,
    /// Waiting for new events.
    Live,
    /// Not reading on, since the subscribers have as much as they may have.
    OverCapacity,
    /// Storing the last checkpoint.
    Stopping,
    /// Over.
    Ended(EndReason),
}

/// How far a subscription has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What it is doing.
    pub status: SubscriptionStatus,
    /// Everything up to this number has been read.
    pub received: EventNumber,
    /// Everything up to this number has been acknowledged.
    pub acknowledged: EventNumber,
    /// Everything up to this number is known to be stored as acknowledged.
    pub checkpoint: EventNumber,
    /// How many events wait in memory.
    pub queued: usize,
    /// How many events are with the subscribers.
    pub in_flight: usize,
    /// How many subscribers there are in this process.
    pub subscribers: usize,
    /// Where the stream ended when its end was read last; `None` before that.
    pub head: Option<EventNumber>,
    /// Whether every event known to exist has been delivered and acknowledged.
    pub caught_up: bool,
    /// Whether the backend is told of new events at once. While it is not, it polls for them every few seconds.
    pub is_notified: bool,
}

impl Progress {
    /// Whether the subscription begins beyond the end of its stream: it skips what is appended up to its position.
    pub fn is_beyond_head(&self) -> bool {
        self.head.is_some_and(|head| self.received > head)
    }
}
