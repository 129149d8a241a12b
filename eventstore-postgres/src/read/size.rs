use std::num::NonZeroU64;

use eventstore_core::backend::PageRequest;

/// A page has no more events than it has times so many bytes, so that no small payload is left out of the first answer.
const SMALLEST_SHARE: u64 = 1_024;

/// What one page may hold (ADR 43).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PageSize {
    /// At most this many bytes of payloads, or a single event.
    pub(crate) bytes: NonZeroU64,
    /// At most this many events.
    pub(crate) limit: u32,
    /// Payloads of at most this many bytes are sent with the page: if all of them were this large, the page would just be full.
    pub(crate) share: i32,
}

impl PageSize {
    /// What is asked for, as far as the store goes.
    pub(crate) fn of(request: &PageRequest, most: NonZeroU64) -> Self {
        let bytes = request.max_bytes.unwrap_or(most).min(most);
        let events = (bytes.get() / SMALLEST_SHARE).max(1);
        let limit = u32::try_from(events).map_or(request.limit, |events| events.min(request.limit));
        // An event has two payloads.
        let share = bytes.get() / (2 * u64::from(limit.max(1)));
        Self {
            bytes,
            limit,
            share: i32::try_from(share).unwrap_or(i32::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use eventstore_core::{Direction, EventNumber, StreamSelector};

    use super::*;

    fn size(limit: u32, max_bytes: Option<u64>) -> (u64, u32, i32) {
        let request = PageRequest {
            max_bytes: max_bytes.and_then(NonZeroU64::new),
            ..PageRequest::new(StreamSelector::All, Direction::Forward, EventNumber::FIRST, limit)
        };
        let PageSize { bytes, limit, share } = PageSize::of(&request, NonZeroU64::new(1 << 20).unwrap());
        (bytes.get(), limit, share)
    }

    #[test]
    fn as_many_shares_as_events_fill_a_page() {
        for (limit, max_bytes, expected) in [
            (100, None, (1 << 20, 100, 5_242)),
            (100, Some(9 << 20), (1 << 20, 100, 5_242)),
            (100, Some(1 << 10), (1 << 10, 1, 512)),
            (100, Some(7), (7, 1, 3)),
            (100_000, None, (1 << 20, 1_024, 512)),
            (0, None, (1 << 20, 0, 524_288)),
        ] {
            assert_eq!(size(limit, max_bytes), expected, "{limit} events of {max_bytes:?}");
        }
    }
}
