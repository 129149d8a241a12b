use std::num::NonZeroU64;

use crate::{PageRequest, RecordedEvent};

/// How many more bytes of payloads go on a page, for whatever fills it event by event.
///
/// ```
/// use std::num::NonZeroU64;
///
/// use eventstore_core::PageRoom;
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
    /// An empty page of so many bytes.
    pub fn new(bytes: NonZeroU64) -> Self {
        Self {
            state: State::Empty(bytes.get()),
        }
    }

    /// An empty page as it is asked for.
    pub fn of(request: &PageRequest) -> Self {
        Self::new(request.max_bytes.unwrap_or(PageRequest::DEFAULT_MAX_BYTES))
    }

    /// Whether the next event, of so many bytes, goes on the page: the first one does, and nothing after one that does not.
    pub fn admits(&mut self, bytes: u64) -> bool {
        let left = match self.state {
            State::Empty(room) => Some(room.saturating_sub(bytes)),
            State::Left(room) => room.checked_sub(bytes),
            State::Full => None,
        };
        self.state = left.map_or(State::Full, State::Left);
        left.is_some()
    }

    /// As [`admits`](Self::admits).
    pub fn admits_event(&mut self, event: &RecordedEvent) -> bool {
        self.admits(event.payload_bytes())
    }
}
