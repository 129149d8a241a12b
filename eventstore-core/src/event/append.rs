use std::collections::HashSet;

use crate::{Error, EventId, EventNumber, ExpectedVersion, NewEvent, Result, StreamName, StreamVersion};

/// Events to put at the end of one stream, all or none of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Append {
    stream: StreamName,
    expected: ExpectedVersion,
    events: Vec<NewEvent>,
}

impl Append {
    /// Checks an append of at least one event, no two of which have the same id.
    ///
    /// # Errors
    ///
    /// - [`Error::InvalidInput`] naming `events` if there is none
    /// - [`Error::DuplicateEvent`] if an id stands twice
    pub fn new(stream: StreamName, expected: impl Into<ExpectedVersion>, events: Vec<NewEvent>) -> Result<Self> {
        if events.is_empty() {
            return Err(Error::invalid_input("events", "an append needs at least one event"));
        }
        match first_repeated_id(&events) {
            Some(event_id) => Err(Error::DuplicateEvent { event_id }),
            None => Ok(Self {
                stream,
                expected: expected.into(),
                events,
            }),
        }
    }

    /// The stream to append to.
    pub fn stream(&self) -> &StreamName {
        &self.stream
    }

    /// What the stream must meet.
    pub fn expected(&self) -> ExpectedVersion {
        self.expected
    }

    /// The events in their order; never empty.
    pub fn events(&self) -> &[NewEvent] {
        &self.events
    }
}

fn first_repeated_id(events: &[NewEvent]) -> Option<EventId> {
    let mut seen = HashSet::with_capacity(events.len());
    events.iter().map(|event| event.id).find(|id| !seen.insert(*id))
}

/// Where the events of one append now stand: next to each other, both in their stream and in `$all`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppendReceipt {
    /// The stream appended to.
    pub stream: StreamName,
    /// The version of the first event.
    pub first_version: StreamVersion,
    /// The version of the last event: where the stream stood just after the append.
    pub last_version: StreamVersion,
    /// The position of the first event in `$all`.
    pub first_position: EventNumber,
    /// The position of the last event in `$all`.
    pub last_position: EventNumber,
}

impl AppendReceipt {
    /// How many events were appended.
    pub fn count(&self) -> u64 {
        self.last_position.distance_from(self.first_position) + 1
    }

    /// The receipt for `count` events that follow `version` in their stream and `position` in `$all`.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] naming `events` if a number would lie beyond `i64::MAX`.
    pub fn following(stream: StreamName, version: StreamVersion, position: EventNumber, count: u64) -> Result<Self> {
        let too_many = |error| Error::invalid_input("events", &error);
        Ok(Self {
            stream,
            first_version: version.next(),
            last_version: version.after(count).map_err(too_many)?,
            first_position: position.next(),
            last_position: position.after(count).map_err(too_many)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::EventType;

    fn event(id: u128) -> NewEvent {
        NewEvent::new(Uuid::from_u128(id), EventType::new("Happened").unwrap(), "{}")
    }

    fn append(events: Vec<NewEvent>) -> Result<Append> {
        Append::new(StreamName::new("s").unwrap(), ExpectedVersion::Any, events)
    }

    #[test]
    fn refuses_no_events() {
        let error = append(vec![]).unwrap_err();
        assert!(matches!(error, Error::InvalidInput { argument: "events", .. }));
    }

    #[test]
    fn refuses_an_id_that_stands_twice_and_names_it() {
        let error = append(vec![event(1), event(2), event(1)]).unwrap_err();
        assert!(matches!(error, Error::DuplicateEvent { event_id } if event_id == event(1).id));
    }
}
