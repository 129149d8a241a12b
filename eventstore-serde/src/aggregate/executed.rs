use eventstore_core::{Append, AppendReceipt, EventId, Position, StreamVersion};

/// The result of a command.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Executed<A, E> {
    /// The state of the aggregate after the command.
    pub state: A,
    /// The version of its stream after the command; 0 if there is no stream.
    pub version: StreamVersion,
    /// The events that were appended. Empty if the decision returned no events, or if the command had been executed before.
    pub events: Vec<ProducedEvent<E>>,
}

/// An event that a command led to, and where it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProducedEvent<E> {
    /// What has happened.
    pub event: E,
    /// The id under which it is stored.
    pub event_id: EventId,
    /// Its version in the stream of the aggregate.
    pub stream_version: StreamVersion,
    /// Its position in `$all`.
    pub position: Position,
}

/// Tells where each of these events is stored. They were appended together.
pub(super) fn produced<E>(events: Vec<E>, append: &Append, receipt: &AppendReceipt) -> Vec<ProducedEvent<E>> {
    let mut produced = Vec::with_capacity(events.len());
    let (mut stream_version, mut position) = (receipt.first_version, receipt.first_position);
    for (event, event_id) in events.into_iter().zip(append.event_ids()) {
        produced.push(ProducedEvent {
            event,
            event_id,
            stream_version,
            position,
        });
        (stream_version, position) = (stream_version.next(), position.next());
    }
    produced
}
