use std::ops::{Deref, DerefMut};

use crate::{EventNumber, LinkPlace, RecordedEvent, StreamSelector};

/// An event with its number in what is read or subscribed to: its version in a stream, or its position in `$all`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct NumberedEvent {
    /// The number.
    pub number: EventNumber,
    /// The event.
    pub event: RecordedEvent,
}

impl NumberedEvent {
    /// Completes an event that was read from this selection under this number: with its position, or with the place of its link.
    pub fn new(selector: &StreamSelector, number: EventNumber, event: RecordedEvent) -> Self {
        let event = match selector {
            StreamSelector::All => event.with_position(number.into()),
            StreamSelector::Stream(stream) if *stream == event.stream => event,
            StreamSelector::Stream(stream) => event.with_link(LinkPlace {
                stream: stream.clone(),
                version: number.into(),
            }),
        };
        Self { number, event }
    }
}

impl Deref for NumberedEvent {
    type Target = RecordedEvent;

    fn deref(&self) -> &RecordedEvent {
        &self.event
    }
}

impl DerefMut for NumberedEvent {
    fn deref_mut(&mut self) -> &mut RecordedEvent {
        &mut self.event
    }
}

impl From<&NumberedEvent> for EventNumber {
    fn from(event: &NumberedEvent) -> Self {
        event.number
    }
}

impl From<NumberedEvent> for RecordedEvent {
    fn from(numbered: NumberedEvent) -> Self {
        numbered.event
    }
}
