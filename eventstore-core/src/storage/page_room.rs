use std::num::NonZeroU64;

use crate::RecordedEvent;
use crate::backend::PageRequest;

/// How many more payload bytes fit on a page, for a reader that fills it event by event.
///
/// ```
/// use std::num::NonZeroU64;
///
/// use eventstore_core::backend::PageRoom;
///
/// let mut room = PageRoom::new(NonZeroU64::new(100).unwrap());
/// assert!(room.admits(60));
/// assert!(!room.admits(60), "the next page begins with this event");
/// assert!(!room.admits(10), "and nothing after it is on this one");
/// assert!(PageRoom::new(NonZeroU64::MIN).admits(60), "a page holds one event in any case");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRoom {
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Empty(u64),
    Left(u64),
    Full,
}

impl PageRoom {
    /// Creates an empty page with room for this many bytes.
    pub fn new(bytes: NonZeroU64) -> Self {
        Self {
            state: State::Empty(bytes.get()),
        }
    }

    /// Creates an empty page for this request.
    pub fn of(request: &PageRequest) -> Self {
        Self::new(request.max_bytes.unwrap_or(PageRequest::DEFAULT_MAX_BYTES))
    }

    /// Whether the next event, with this many bytes, goes on the page: the first event always does, and nothing does after an event that
    /// did not.
    pub fn admits(&mut self, bytes: u64) -> bool {
        let left = match self.state {
            State::Empty(room) => Some(room.saturating_sub(bytes)),
            State::Left(room) => room.checked_sub(bytes),
            State::Full => None,
        };
        self.state = left.map_or(State::Full, State::Left);
        left.is_some()
    }

    /// Does the same as [`admits`](Self::admits), for an event.
    pub fn admits_event(&mut self, event: &RecordedEvent) -> bool {
        self.admits(event.payload_bytes())
    }
}
