use crate::event::first_repeated;
use crate::{Append, Error, Result};

/// Appends to several streams, all or none of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppendSet {
    appends: Vec<Append>,
}

impl AppendSet {
    /// Creates a set of at least one append, with no two appends to the same stream and no two events with the same id.
    ///
    /// # Errors
    ///
    /// - [`Error::InvalidInput`] naming `appends` if there is none, or a stream occurs twice
    /// - [`Error::DuplicateEvent`] if an id occurs twice
    pub fn new(appends: Vec<Append>) -> Result<Self> {
        if appends.is_empty() {
            return Err(Error::invalid_input("appends", "a set needs at least one append"));
        }
        if let Some(stream) = first_repeated(appends.iter().map(Append::stream)) {
            return Err(Error::invalid_input(
                "appends",
                &format!("the stream {stream:?} is in it twice"),
            ));
        }
        match first_repeated(appends.iter().flat_map(Append::event_ids)) {
            Some(event_id) => Err(Error::DuplicateEvent { event_id }),
            None => Ok(Self { appends }),
        }
    }

    /// Returns the appends in the order in which they were given; never empty.
    pub fn appends(&self) -> &[Append] {
        &self.appends
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{EventType, ExpectedVersion, NewEvent, StreamName};

    fn append(stream: &str, id: u128) -> Append {
        let event = NewEvent::new(Uuid::from_u128(id), EventType::new("Happened").unwrap(), "{}");
        Append::new(StreamName::new(stream).unwrap(), ExpectedVersion::Any, vec![event]).unwrap()
    }

    /// Behaviours: T56.
    #[test]
    fn refuses_no_appends_and_a_stream_that_stands_twice() {
        for appends in [vec![], vec![append("a", 1), append("a", 2)]] {
            let error = AppendSet::new(appends).unwrap_err();
            assert!(
                matches!(
                    error,
                    Error::InvalidInput {
                        argument: "appends",
                        ..
                    }
                ),
                "{error}"
            );
        }
    }

    #[test]
    fn refuses_an_id_that_stands_in_two_appends() {
        let error = AppendSet::new(vec![append("a", 1), append("b", 1)]).unwrap_err();
        assert!(matches!(error, Error::DuplicateEvent { .. }), "{error}");
    }
}
