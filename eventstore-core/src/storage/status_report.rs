use super::StatusText;
use crate::{EventId, EventNumber, SubscriptionId, Timestamp};

/// What the holder of a subscription reports of it: what no one but its process knows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct StatusReport {
    /// Which process reports, such as `host, process 1234`.
    pub holder: StatusText,
    /// The highest number that was delivered to a subscriber under the lease.
    pub delivered: EventNumber,
    /// How many events are in flight with the subscribers.
    pub in_flight: u64,
    /// How many subscribers there are in the process.
    pub subscribers: u32,
    /// How often the event that is being retried has been refused; 0 if no event is.
    pub attempts: u32,
    /// The last failure that the process knows of.
    pub last_failure: Option<SubscriptionFailure>,
    /// What the holder does with its lease.
    pub state: HolderState,
}

/// What a holder does with its lease. The next holder learns from it whether this one ended in good order (ADR 65).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum HolderState {
    /// It has given the lease back in good order, or is about to.
    Released,
    /// It delivers events. If this is the last report, the process may have been killed by one of them.
    Delivering,
    /// It delivers one event at a time, and this one now.
    DeliveringAlone {
        /// The number of the event.
        number: EventNumber,
        /// How often the event has been delivered alone, this time included.
        attempts: u32,
    },
}

/// An event that a subscriber could not process.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SubscriptionFailure {
    /// The event's number in the stream that is subscribed to.
    pub number: EventNumber,
    /// The event's id.
    pub event_id: EventId,
    /// What the subscriber says about the failure.
    pub message: StatusText,
    /// When the event failed, by the clock of the subscriber's machine.
    pub failed_at: Timestamp,
}

/// What the holder of a subscription has reported last.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ReportedStatus {
    /// The id of the subscription.
    pub id: SubscriptionId,
    /// What its holder has reported.
    pub report: StatusReport,
    /// When the report was stored, by the clock of the storage.
    pub reported_at: Timestamp,
}
