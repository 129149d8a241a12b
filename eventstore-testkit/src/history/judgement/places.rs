use std::collections::HashMap;

use uuid::Uuid;

use crate::history::{Finding, Log, LogEvent};

/// The place of each event in the log.
pub(super) struct Places<'a> {
    by_id: HashMap<Uuid, &'a LogEvent>,
    by_position: HashMap<u64, Uuid>,
    stored_twice: Vec<&'a LogEvent>,
    /// An event that is nowhere may have been deleted.
    has_hard_deletes: bool,
}

impl<'a> Places<'a> {
    pub(super) fn of(log: &'a Log, has_hard_deletes: bool) -> Self {
        let mut places = Self {
            by_id: HashMap::with_capacity(log.len()),
            by_position: HashMap::with_capacity(log.len()),
            stored_twice: Vec::new(),
            has_hard_deletes,
        };
        for event in &log.events {
            places.by_position.insert(event.position, event.event);
            if places.by_id.insert(event.event, event).is_some() {
                places.stored_twice.push(event);
            }
        }
        places
    }

    pub(super) fn find(&self, event: Uuid) -> Option<&'a LogEvent> {
        self.by_id.get(&event).copied()
    }

    /// What it means that a reader or subscriber has seen the event at this position.
    pub(super) fn moved(&self, position: u64, event: Uuid) -> Option<Finding> {
        let is_there = match self.by_position.get(&position) {
            Some(there) => *there == event,
            None => self.has_hard_deletes && !self.by_id.contains_key(&event),
        };
        (!is_there).then_some(Finding::Moved {
            number: position,
            event,
        })
    }

    pub(super) fn stored_twice(&self) -> impl Iterator<Item = Finding> {
        self.stored_twice.iter().map(|event| Finding::StoredTwice {
            event: event.event,
            position: event.position,
        })
    }
}
