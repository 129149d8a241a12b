use std::collections::HashMap;

use eventstore_core::{Error, EventId};

use crate::failure::Failure;

/// On which lines of an input events were read, so that a refusal can name the line: the caller may never have seen the id.
#[derive(Default)]
pub(super) struct Lines(HashMap<EventId, u64>);

impl Lines {
    pub(super) fn put(&mut self, id: EventId, line: u64) {
        self.0.insert(id, line);
    }

    /// The failure with the line of the event that it is about, if one of these is.
    pub(super) fn name(&self, error: Error) -> Failure {
        let event_id = match &error {
            Error::DuplicateEvent { event_id } | Error::DifferentContent { event_id } => Some(*event_id),
            Error::InvalidInput { reason, .. } => self.mentioned(reason),
            _ => None,
        };
        match event_id.and_then(|id| self.0.get(&id)) {
            Some(&line) => Failure::Line { line, error },
            None => error.into(),
        }
    }

    /// The event that a reason begins with.
    fn mentioned(&self, reason: &str) -> Option<EventId> {
        let (id, _) = reason.strip_prefix("event ")?.split_once(':')?;
        id.parse().ok().filter(|id| self.0.contains_key(id))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn an_error_about_an_event_names_its_line() {
        let [known, unknown] = [1, 2].map(|id| EventId::from(Uuid::from_u128(id)));
        let mut lines = Lines::default();
        lines.put(known, 7);
        let told = |error| lines.name(error).message().unwrap();
        let refused = |id: EventId| Error::invalid_input("data", &format!("event {id}: out of range"));
        assert_eq!(
            told(refused(known)),
            format!("line 7: invalid data: event {known}: out of range")
        );
        assert!(!told(refused(unknown)).contains("line"));
        assert!(told(Error::DuplicateEvent { event_id: known }).starts_with("line 7: "));
        assert!(!told(Error::invalid_input("data", "too long")).contains("line"));
    }
}
