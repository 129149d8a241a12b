use std::iter;

use crate::backend::NumberedEvent;
use crate::event::first_repeated;
use crate::{
    AppendReceipt, Error, EventId, ExpectedVersion, NewEvent, RecordedEvent, Result, StreamName, StreamSelector,
    Timestamp,
};

/// Events to append to one stream, all or none of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Append {
    stream: StreamName,
    expected: ExpectedVersion,
    events: Vec<NewEvent>,
    created_at: Option<Timestamp>,
    is_idempotent: bool,
    compares_content: bool,
}

/// Which events an idempotent append takes for events that an earlier attempt has stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Idempotence {
    /// Events with the same ids. Anything else that this attempt says about them is neither compared nor stored (ADR 46).
    ByIds,
    /// Events with the same ids, types and data. An append is refused with [`Error::DifferentContent`] if an earlier attempt stored an
    /// event with another type or other data.
    ///
    /// A store that keeps JSON compares data as JSON values. Use this for ids that the caller derives from something, and for data that
    /// has the same bytes in each attempt; encrypted data seldom has. Metadata, causation, correlation and times may differ.
    ByContent,
}

/// The parts of an [`Append`], for a backend that keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppendParts {
    /// The stream to append to.
    pub stream: StreamName,
    /// The expected version of the stream.
    pub expected: ExpectedVersion,
    /// The events in order; never empty.
    pub events: Vec<NewEvent>,
    /// The time of all events, and of a stream that is created.
    pub created_at: Option<Timestamp>,
    /// Whether the same events may already be stored.
    pub is_idempotent: bool,
    /// Whether events that are already stored must have the same types and data.
    pub compares_content: bool,
}

impl Append {
    /// Creates an append of at least one event, in which no two events have the same id.
    ///
    /// # Errors
    ///
    /// - [`Error::InvalidInput`] naming `events` if there is none, `stream` if it is `$all` or not a valid name, or `expected version`
    /// - [`Error::DuplicateEvent`] if an id occurs twice
    pub fn new(
        stream: impl TryInto<StreamName, Error: Into<Error>>,
        expected: impl TryInto<ExpectedVersion, Error: Into<Error>>,
        events: impl IntoIterator<Item = NewEvent>,
    ) -> Result<Self> {
        let stream = stream.try_into().map_err(Into::into)?;
        let expected = expected.try_into().map_err(Into::into)?;
        let events: Vec<_> = events.into_iter().collect();
        stream.refuse_all()?;
        if events.is_empty() {
            return Err(Error::invalid_input("events", "an append needs at least one event"));
        }
        match first_repeated(events.iter().map(|event| event.id)) {
            Some(event_id) => Err(Error::DuplicateEvent { event_id }),
            None => Ok(Self {
                stream,
                expected,
                events,
                created_at: None,
                is_idempotent: false,
                compares_content: false,
            }),
        }
    }

    /// Sets the time of all events, and of the stream if the append creates it.
    #[must_use]
    pub fn with_created_at(self, at: Timestamp) -> Self {
        Self {
            created_at: Some(at),
            ..self
        }
    }

    /// Sets the time of the events that have no time of their own.
    #[must_use]
    pub fn with_default_created_at(mut self, at: Timestamp) -> Self {
        for event in &mut self.events {
            event.created_at.get_or_insert(at);
        }
        self
    }

    /// Returns the events as a read of `$all` returns them according to this receipt, if the store keeps payloads unchanged; `None` if an
    /// event has no time.
    pub fn recorded(&self, receipt: &AppendReceipt) -> Option<Vec<NumberedEvent>> {
        let places = iter::successors(
            Some((receipt.first_position, receipt.first_version)),
            |(position, version)| Some((position.next(), version.next())),
        );
        let events = self.events.iter().zip(places);
        let recorded = events.map(|(event, (position, version))| {
            let created_at = self.created_at.or(event.created_at)?;
            let event = RecordedEvent::new(event.clone(), self.stream.clone(), version, created_at);
            Some(NumberedEvent::new(&StreamSelector::All, position.into(), event))
        });
        recorded.collect()
    }

    /// Makes the append idempotent: if an earlier attempt has stored exactly these events, it returns the first receipt, whatever the
    /// expected version.
    ///
    /// An append whose answer was lost can therefore be repeated. [`Idempotence`] says when events count as the same.
    #[must_use]
    pub fn with_idempotence(self, idempotence: Idempotence) -> Self {
        Self {
            is_idempotent: true,
            compares_content: idempotence == Idempotence::ByContent,
            ..self
        }
    }

    /// Takes the append apart without copying any part of it.
    pub fn into_parts(self) -> AppendParts {
        AppendParts {
            stream: self.stream,
            expected: self.expected,
            events: self.events,
            created_at: self.created_at,
            is_idempotent: self.is_idempotent,
            compares_content: self.compares_content,
        }
    }

    /// Returns the stream to append to.
    pub fn stream(&self) -> &StreamName {
        &self.stream
    }

    /// Returns the expected version of the stream.
    pub fn expected(&self) -> ExpectedVersion {
        self.expected
    }

    /// Returns the events in order; never empty.
    pub fn events(&self) -> &[NewEvent] {
        &self.events
    }

    /// Returns the ids of the events in order.
    pub fn event_ids(&self) -> impl Iterator<Item = EventId> {
        self.events.iter().map(|event| event.id)
    }

    /// Returns the time of all events, and of a stream that is created.
    pub fn created_at(&self) -> Option<Timestamp> {
        self.created_at
    }

    /// Whether the same events may already be stored.
    pub fn is_idempotent(&self) -> bool {
        self.is_idempotent
    }

    /// Whether events that are already stored must have the same type and data.
    pub fn compares_content(&self) -> bool {
        self.compares_content
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

    /// Behaviours: R1.38, T36, T56.
    #[test]
    fn refuses_no_events() {
        let error = append(vec![]).unwrap_err();
        assert!(matches!(error, Error::InvalidInput { argument: "events", .. }));
    }

    #[test]
    fn comes_apart_as_it_was_put_together() {
        let at = Timestamp::from_unix_micros(1).unwrap();
        let append = append(vec![event(1), event(2)])
            .unwrap()
            .with_created_at(at)
            .with_idempotence(Idempotence::ByIds);
        let parts = append.clone().into_parts();
        assert_eq!((&parts.stream, parts.expected), (append.stream(), append.expected()));
        assert_eq!((&*parts.events, parts.created_at), (append.events(), Some(at)));
        assert!(parts.is_idempotent);
    }

    #[test]
    fn events_are_recorded_where_and_when_they_were_appended() {
        let [early, late] = [1, 2].map(|micros| Timestamp::from_unix_micros(micros).unwrap());
        let append = append(vec![event(1), event(2).with_created_at(early)]).unwrap();
        let receipt = AppendReceipt::following(append.stream().clone(), 4.into(), 9.into(), 2).unwrap();
        assert_eq!(append.recorded(&receipt), None);
        let recorded = append.with_default_created_at(late).recorded(&receipt).unwrap();
        let facts = recorded
            .iter()
            .map(|event| (event.number.get(), event.stream_version.get(), event.created_at));
        assert_eq!(facts.collect::<Vec<_>>(), [(10, 5, late), (11, 6, early)]);
    }

    /// Behaviours: R1.6.
    #[test]
    fn refuses_all_streams_whatever_their_name_was_taken_from() {
        let all = StreamName::from_storage("$all");
        let error = Append::new(all, ExpectedVersion::Any, vec![event(1)]).unwrap_err();
        assert!(matches!(error, Error::InvalidInput { argument: "stream", .. }));
    }

    /// Behaviours: R1.27.
    #[test]
    fn refuses_an_id_that_stands_twice_and_names_it() {
        let error = append(vec![event(1), event(2), event(1)]).unwrap_err();
        assert!(matches!(error, Error::DuplicateEvent { event_id } if event_id == event(1).id));
    }
}
