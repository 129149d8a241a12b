use std::num::NonZeroU64;

use eventstore_core::backend::PageRequest;

/// The payloads that come together with their events have no more bytes than this, because several copies of them are in memory at once.
const AT_ONCE: NonZeroU64 = NonZeroU64::new(1 << 20).unwrap();

/// A page has no more events than leave each of them a share of so many bytes, so that no small payload is left out.
const SMALLEST_SHARE: u64 = 1_024;

/// What one page may hold (ADR 43).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PageSize {
    /// At most this many bytes of payloads, or a single event.
    pub(super) bytes: NonZeroU64,
    /// At most this many events.
    pub(super) limit: u32,
    /// The payloads of an event come with it if they have at most this many bytes; those of all events then have no more than may come at
    /// once.
    pub(super) share: u64,
}

impl PageSize {
    /// What is asked for, within the limits of the store.
    pub(super) fn of(request: &PageRequest) -> Self {
        let most = PageRequest::DEFAULT_MAX_BYTES;
        let bytes = request.max_bytes.unwrap_or(most).min(most);
        let at_once = bytes.min(AT_ONCE).get();
        let events = (at_once / SMALLEST_SHARE).max(1);
        let limit = u32::try_from(events).map_or(request.limit, |events| events.min(request.limit));
        Self {
            bytes,
            limit,
            share: at_once / u64::from(limit.max(1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use eventstore_core::{Direction, EventNumber, StreamSelector};

    use super::*;

    fn size(limit: u32, max_bytes: Option<u64>) -> (u64, u32, u64) {
        let request = PageRequest {
            max_bytes: max_bytes.and_then(NonZeroU64::new),
            ..PageRequest::new(StreamSelector::All, Direction::Forward, EventNumber::FIRST, limit)
        };
        let PageSize { bytes, limit, share } = PageSize::of(&request);
        (bytes.get(), limit, share)
    }

    #[test]
    fn as_many_shares_as_events_come_at_once() {
        for (limit, max_bytes, expected) in [
            (100, None, (8 << 20, 100, 10_485)),
            (100, Some(9 << 20), (8 << 20, 100, 10_485)),
            (100, Some(1 << 10), (1 << 10, 1, 1_024)),
            (100, Some(7), (7, 1, 7)),
            (100_000, None, (8 << 20, 1_024, 1_024)),
            (0, None, (8 << 20, 0, 1 << 20)),
        ] {
            assert_eq!(size(limit, max_bytes), expected, "{limit} events of {max_bytes:?}");
        }
    }
}
