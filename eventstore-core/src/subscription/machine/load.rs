use std::ops::Add;

use crate::backend::NumberedEvent;

/// How much memory events take: both their number and the bytes of their payloads are bounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Load {
    pub(super) events: usize,
    pub(super) bytes: u64,
}

impl Load {
    pub(super) fn add(&mut self, event: &NumberedEvent) {
        self.events += 1;
        self.bytes = self.bytes.saturating_add(event.payload_bytes());
    }

    pub(super) fn remove<'e>(&mut self, events: impl IntoIterator<Item = &'e NumberedEvent>) {
        for event in events {
            self.events -= 1;
            self.bytes = self.bytes.saturating_sub(event.payload_bytes());
        }
    }
}

impl Add for Load {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            events: self.events + other.events,
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }
}
