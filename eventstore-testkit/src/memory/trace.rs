use std::num::NonZeroU32;

use eventstore_core::backend::{NumberedEvent, PageRequest, PageRoom};
use eventstore_core::{EventNumber, Position, RecordedEvent, TracedEvents};

use super::state::State;

impl State {
    /// Examines every event: so few are in memory that no index is missed.
    pub(super) fn trace(
        &self,
        after: Option<Position>,
        limit: NonZeroU32,
        is_traced: impl Fn(&NumberedEvent) -> bool,
    ) -> TracedEvents {
        let after = after.map_or(EventNumber::ZERO, EventNumber::from);
        let mut room = PageRoom::new(PageRequest::DEFAULT_MAX_BYTES);
        let events = self
            .all
            .events_after(after)
            .filter(|event| is_traced(event))
            .take(usize::try_from(limit.get()).unwrap_or(usize::MAX))
            .take_while(|event| room.admits_event(event));
        TracedEvents::Found(events.cloned().map(RecordedEvent::from).collect())
    }
}
