use crate::EventNumber;
use crate::machine::EndReason;

/// What a subscription is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SubscriptionStatus {
    /// Waits for the lease: another process may hold it, or the storage cannot be reached.
    Acquiring,
    /// Reads events that existed before (catch-up).
    CatchingUp,
    /// Waits for new events.
    Live,
    /// Does not read on, because the subscribers have as many events as they may have (back-pressure).
    OverCapacity,
    /// Stores the last checkpoint.
    Stopping,
    /// Has ended.
    Ended(EndReason),
}

/// How far a subscription has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What the subscription is doing.
    pub status: SubscriptionStatus,
    /// Everything up to this number has been read.
    pub received: EventNumber,
    /// Everything up to this number has been acknowledged.
    pub acknowledged: EventNumber,
    /// Everything up to this number is known to be stored as acknowledged.
    pub checkpoint: EventNumber,
    /// How many events wait in memory.
    pub queued: usize,
    /// How many events are in flight with the subscribers.
    pub in_flight: usize,
    /// How many subscribers there are in this process.
    pub subscribers: usize,
    /// The stream's last number when its end was last read; `None` before that.
    pub head: Option<EventNumber>,
    /// Whether every event that is known to exist has been delivered and acknowledged.
    pub caught_up: bool,
    /// Whether the backend is told of new events at once; otherwise, it polls for them every few seconds.
    pub is_notified: bool,
}

impl Progress {
    /// Whether the subscription starts beyond the end of its stream, so that it skips the events that are appended up to its position.
    pub fn is_beyond_head(&self) -> bool {
        self.head.is_some_and(|head| self.received > head)
    }
}
