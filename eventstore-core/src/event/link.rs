use crate::event::first_repeated;
use crate::{Error, EventId, ExpectedVersion, Result, StreamName, StreamVersion};

/// References to stored events to append to one stream, all or none of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    target: StreamName,
    expected: ExpectedVersion,
    event_ids: Vec<EventId>,
}

impl Link {
    /// Creates a link of at least one event, in which no event occurs twice.
    ///
    /// # Errors
    ///
    /// - [`Error::InvalidInput`] naming `event ids` if there is none, `stream` if the target is `$all` or its name is not valid, or
    ///   `expected version`
    /// - [`Error::DuplicateEvent`] if an id occurs twice
    pub fn new(
        target: impl TryInto<StreamName, Error: Into<Error>>,
        expected: impl TryInto<ExpectedVersion, Error: Into<Error>>,
        event_ids: impl IntoIterator<Item = EventId>,
    ) -> Result<Self> {
        let target = target.try_into().map_err(Into::into)?;
        let expected = expected.try_into().map_err(Into::into)?;
        let event_ids: Vec<_> = event_ids.into_iter().collect();
        target.refuse_all()?;
        if event_ids.is_empty() {
            return Err(Error::invalid_input("event ids", "a link needs at least one event"));
        }
        match first_repeated(event_ids.iter().copied()) {
            Some(event_id) => Err(Error::DuplicateEvent { event_id }),
            None => Ok(Self {
                target,
                expected,
                event_ids,
            }),
        }
    }

    /// Returns the stream to link into.
    pub fn target(&self) -> &StreamName {
        &self.target
    }

    /// Returns the expected version of the target.
    pub fn expected(&self) -> ExpectedVersion {
        self.expected
    }

    /// Returns the ids of the events in order; never empty.
    pub fn event_ids(&self) -> &[EventId] {
        &self.event_ids
    }
}

/// The versions that the links of one call have in their target.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct LinkReceipt {
    /// The stream linked into.
    pub target: StreamName,
    /// The version of the first link.
    pub first_version: StreamVersion,
    /// The version of the last link.
    pub last_version: StreamVersion,
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn link(ids: &[u128]) -> Result<Link> {
        let ids = ids.iter().map(|id| EventId::from(Uuid::from_u128(*id)));
        Link::new(StreamName::new("s").unwrap(), ExpectedVersion::Any, ids)
    }

    /// Behaviours: R1.6.
    #[test]
    fn refuses_all_streams_whatever_their_name_was_taken_from() {
        let all = StreamName::from_storage("$all");
        let error = Link::new(all, ExpectedVersion::Any, [Uuid::from_u128(1).into()]).unwrap_err();
        assert!(matches!(error, Error::InvalidInput { argument: "stream", .. }));
    }

    /// Behaviours: R3.4, R3.12, T56.
    #[test]
    fn refuses_no_events_and_an_event_that_stands_twice() {
        assert!(matches!(
            link(&[]).unwrap_err(),
            Error::InvalidInput {
                argument: "event ids",
                ..
            }
        ));
        assert!(matches!(link(&[1, 2, 1]).unwrap_err(), Error::DuplicateEvent { .. }));
    }
}
