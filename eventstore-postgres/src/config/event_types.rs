use std::sync::Arc;

use eventstore_core::{Append, Error, EventType, Result};

use crate::config::PostgresConfig;

impl PostgresConfig {
    /// Refuses to append or import an event of any other type; by default every type is accepted.
    ///
    /// Use this for a store shared with the Elixir EventStore: a single event of a type that it does not know stops its
    /// subscriptions and crashes its publisher. Reads, links and subscriptions still accept every type.
    #[must_use]
    pub fn with_event_types(self, event_types: impl IntoIterator<Item = EventType>) -> Self {
        Self {
            event_types: Some(Arc::new(event_types.into_iter().collect())),
            ..self
        }
    }

    /// Refuses events whose type is not among those that may be appended.
    pub(crate) fn refuse_other_event_types<'a>(&self, appends: impl IntoIterator<Item = &'a Append>) -> Result<()> {
        let Some(event_types) = &self.event_types else {
            return Ok(());
        };
        let mut events = appends.into_iter().flat_map(Append::events);
        match events.find(|event| !event_types.contains(&event.event_type)) {
            None => Ok(()),
            Some(event) => {
                let reason = format!(
                    "{:?} is not one of the types that may be appended",
                    event.event_type.as_str()
                );
                Err(Error::invalid_input("event_types", &reason))
            }
        }
    }
}
