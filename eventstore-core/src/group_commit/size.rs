use std::ops::{Add, AddAssign};

use crate::group_commit::GroupLimits;
use crate::{Append, NewEvent};

/// What an event takes besides its payload and type: its ids and its time.
const BYTES_BESIDE: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Size {
    events: usize,
    bytes: usize,
}

impl Size {
    pub(super) fn of(append: &Append) -> Self {
        Self {
            events: append.events().len(),
            bytes: append.events().iter().map(bytes_of).sum(),
        }
    }

    pub(super) fn is_within(self, limits: &GroupLimits) -> bool {
        self.events <= limits.events && self.bytes <= limits.bytes
    }
}

impl Add for Size {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            events: self.events + other.events,
            bytes: self.bytes + other.bytes,
        }
    }
}

impl AddAssign for Size {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

fn bytes_of(event: &NewEvent) -> usize {
    let metadata = event.metadata.as_ref().map_or(0, bytes::Bytes::len);
    BYTES_BESIDE + event.event_type.as_str().len() + event.data.len() + metadata
}
