use std::ops::Deref;

use eventstore_core::backend::NumberedEvent;
use eventstore_core::machine::DeliveredEvent;
use eventstore_core::{
    EventId, EventNumber, EventType, ParkCause, ParkedEvent, Position, RecordedEvent, StreamName, StreamVersion,
};

/// An event as a subscriber receives it: the recorded event, or what [`Subscribe::map`](crate::Subscribe::map) made of it, with all that
/// is needed to acknowledge it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delivery<T = RecordedEvent> {
    /// The event's number in what is subscribed to: its version in a stream, or its position in `$all`.
    pub number: EventNumber,
    /// One more than the number of times that this event itself was refused, to be delivered again, under this lease.
    ///
    /// The count begins again with each lease, for example after a restart. It goes on if the holder before did not end in good order: what may
    /// have been in flight then is delivered one event at a time, and its attempt is stored first. So an event that ends each process that
    /// handles it has a higher number every time.
    pub attempt: u32,
    /// The event's id.
    pub event_id: EventId,
    /// The event's place in `$all`, if the storage tells it.
    pub position: Option<Position>,
    /// The stream that the event was appended to.
    pub stream: StreamName,
    /// The event's version in the stream that it was appended to.
    pub stream_version: StreamVersion,
    /// The event's type.
    pub event_type: EventType,
    /// The event, or what it was mapped to.
    pub value: T,
}

impl<T> Delivery<T> {
    pub(crate) fn map_value<U>(self, map: impl FnOnce(T) -> U) -> Delivery<U> {
        Delivery {
            number: self.number,
            attempt: self.attempt,
            event_id: self.event_id,
            position: self.position,
            stream: self.stream,
            stream_version: self.stream_version,
            event_type: self.event_type,
            value: map(self.value),
        }
    }

    pub(crate) fn new(delivered: DeliveredEvent, map: impl FnOnce(RecordedEvent) -> T) -> Self {
        let DeliveredEvent { event, attempt } = delivered;
        Self {
            number: event.number,
            attempt,
            event_id: event.event_id,
            position: event.position,
            stream: event.stream.clone(),
            stream_version: event.stream_version,
            event_type: event.event_type.clone(),
            value: map(event.event),
        }
    }
}

impl Delivery {
    /// A parked event that is handled once more.
    pub(crate) fn again(parked: &ParkedEvent, event: RecordedEvent) -> Self {
        let refused = match parked.cause {
            ParkCause::Rejected { attempts, .. } => attempts,
            ParkCause::Follows => 0,
        };
        let event = NumberedEvent {
            number: parked.number,
            event,
        };
        let attempt = refused.saturating_add(1);
        Self::new(DeliveredEvent { event, attempt }, |event| event)
    }
}

impl<T> Deref for Delivery<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> From<&Delivery<T>> for EventNumber {
    fn from(delivery: &Delivery<T>) -> Self {
        delivery.number
    }
}
