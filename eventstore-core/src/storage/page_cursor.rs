use std::num::NonZeroU64;

use futures_core::stream::BoxStream;

use crate::backend::{Page, PageRequest};
use crate::{Direction, EventNumber, Result};

/// A stream of pages that are read as they are consumed; it ends after the first error.
pub type PageStream<'a> = BoxStream<'a, Result<Page>>;

/// The position of a read that fetches one page after another.
///
/// ```
/// use eventstore_core::{Direction, EventNumber, StreamSelector};
/// use eventstore_core::backend::{Page, PageCursor, PageRequest};
///
/// let request = PageRequest::new(StreamSelector::All, Direction::Forward, EventNumber::FIRST, 10);
/// let mut cursor = PageCursor::new(request.clone());
/// assert_eq!(cursor.request(), Some(&request));
///
/// let page = Page { events: vec![], scanned_to: EventNumber::from(7), is_last: false };
/// cursor.advance(&page);
/// assert_eq!(cursor.request().map(|request| request.from), Some(EventNumber::from(8)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageCursor {
    request: Option<PageRequest>,
    /// How many events to ask for at most.
    page_size: u32,
    /// How many events to ask for now: fewer after a page that was cut short by its bytes or came too late.
    size: u32,
    /// How many bytes of payloads a page may have, as asked for.
    max_bytes: Option<NonZeroU64>,
    remaining: Option<u64>,
}

impl PageCursor {
    /// Starts with this request; each further request begins where the previous page ended.
    pub fn new(request: PageRequest) -> Self {
        Self {
            page_size: request.limit,
            size: request.limit,
            max_bytes: request.max_bytes,
            request: Some(request),
            remaining: None,
        }
    }

    /// Ends the read after this many events, on however many pages.
    #[must_use]
    pub fn with_limit(self, events: u64) -> Self {
        let request = self.request.map(|request| shortened(request, self.page_size, events));
        Self {
            request,
            remaining: Some(events),
            ..self
        }
    }

    /// Returns the next request; `None` after the last page.
    pub fn request(&self) -> Option<&PageRequest> {
        self.request.as_ref()
    }

    /// Moves past the page that answers the last request.
    pub fn advance(&mut self, page: &Page) {
        // Before the request is replaced: `resize` compares the page with the request that it answers.
        self.resize(page);
        let read = u64::try_from(page.events.len()).unwrap_or(u64::MAX);
        self.remaining = self.remaining.map(|events| events.saturating_sub(read));
        let is_over = page.is_last || self.remaining == Some(0);
        self.request = self.request.take().filter(|_| !is_over).map(|request| {
            let request = PageRequest {
                from: match request.direction {
                    Direction::Forward => page.scanned_to.next(),
                    Direction::Backward => page.scanned_to.previous(),
                },
                max_bytes: doubled(request.max_bytes, self.max_bytes),
                ..request
            };
            shortened(request, self.size, self.remaining.unwrap_or(u64::MAX))
        });
    }

    /// Asks for half of the page that could not be read in time; `false` if that is a page of a single event.
    pub(super) fn halve(&mut self) -> bool {
        let Some(request) = self.request.as_mut().filter(|request| request.limit > 1) else {
            return false;
        };
        let bytes = request.max_bytes.unwrap_or(PageRequest::DEFAULT_MAX_BYTES).get();
        request.max_bytes = NonZeroU64::new(bytes.div_ceil(2));
        request.limit = request.limit.div_ceil(2);
        self.size = request.limit;
        true
    }

    /// Numbers that a storage scans in vain cost it time: where payloads are large, no more is asked for than twice
    /// what the page before held.
    fn resize(&mut self, page: &Page) {
        let Some(request) = &self.request else { return };
        let read = u32::try_from(page.events.len()).unwrap_or(u32::MAX);
        // A page that is short for another reason goes on to some number beyond its last event.
        let ends_with_event = page.events.last().map(EventNumber::from) == Some(page.scanned_to);
        let is_cut = ends_with_event && !page.is_last && read < request.limit;
        let fits = if is_cut { read } else { self.size };
        self.size = fits.saturating_mul(2).min(self.page_size);
    }
}

/// Twice as many bytes, but no more than were asked for.
fn doubled(bytes: Option<NonZeroU64>, asked: Option<NonZeroU64>) -> Option<NonZeroU64> {
    let most = asked.unwrap_or(PageRequest::DEFAULT_MAX_BYTES);
    let doubled = bytes?.saturating_mul(NonZeroU64::MIN.saturating_add(1));
    if doubled < most { Some(doubled) } else { asked }
}

fn shortened(request: PageRequest, page_size: u32, events: u64) -> PageRequest {
    let limit = u32::try_from(events).map_or(page_size, |events| events.min(page_size));
    PageRequest { limit, ..request }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use async_trait::async_trait;
    use futures_util::FutureExt;
    use uuid::Uuid;

    use super::*;
    use crate::backend::NumberedEvent;
    use crate::{Error, EventReader, EventType, NewEvent, RecordedEvent, StreamName, StreamSelector, Timestamp};

    fn page(events: usize, scanned_to: u32, is_last: bool) -> Page {
        let event = NewEvent::new(Uuid::nil(), EventType::new("Happened").unwrap(), "");
        let at = Timestamp::from_unix_micros(0).unwrap();
        let event = RecordedEvent::new(event, StreamName::from_storage("s"), 1.into(), at);
        let event = NumberedEvent::new(&StreamSelector::All, EventNumber::FIRST, event);
        Page {
            events: vec![event; events],
            scanned_to: scanned_to.into(),
            is_last,
        }
    }

    fn next(cursor: &PageCursor) -> Option<(EventNumber, u32)> {
        cursor.request().map(|request| (request.from, request.limit))
    }

    fn cursor(direction: Direction, from: u32) -> PageCursor {
        PageCursor::new(PageRequest::new(StreamSelector::All, direction, from.into(), 10))
    }

    #[test]
    fn each_page_begins_where_the_one_before_has_ended() {
        let mut forward = cursor(Direction::Forward, 1);
        assert_eq!(next(&forward), Some((1.into(), 10)));
        forward.advance(&page(10, 12, false));
        assert_eq!(next(&forward), Some((13.into(), 10)));
        let mut backward = cursor(Direction::Backward, 30);
        backward.advance(&page(0, 12, false));
        assert_eq!(next(&backward), Some((11.into(), 10)));
    }

    fn sized(cursor: &PageCursor) -> Option<(u32, Option<u64>)> {
        cursor
            .request()
            .map(|request| (request.limit, request.max_bytes.map(NonZeroU64::get)))
    }

    /// Answers in time only requests for no more events than this.
    struct Slow {
        limit: u32,
        asked: Mutex<Vec<u32>>,
    }

    #[async_trait]
    impl EventReader for Slow {
        async fn read_page(&self, request: PageRequest) -> Result<Page> {
            self.asked.lock().unwrap().push(request.limit);
            if request.limit <= self.limit {
                return Ok(page(usize::try_from(request.limit).unwrap(), 12, false));
            }
            Err(Error::TimedOut {
                setting: "patience",
                message: String::new(),
                source: None,
            })
        }

        async fn number_at(&self, _: &StreamSelector, _: Timestamp) -> Result<EventNumber> {
            Ok(EventNumber::FIRST)
        }
    }

    fn asked(limit: u32, pages: usize) -> (Vec<u32>, Result<Option<usize>>) {
        let (slow, mut cursor) = (
            Slow {
                limit,
                asked: Mutex::default(),
            },
            cursor(Direction::Forward, 1),
        );
        let mut last = Ok(None);
        for _ in 0..pages {
            let page = cursor.read(&slow).now_or_never().unwrap();
            last = page.map(|page| page.map(|page| page.events.len()));
        }
        (slow.asked.into_inner().unwrap(), last)
    }

    #[test]
    fn of_a_page_that_takes_too_long_less_and_less_is_asked_for() {
        let (requests, last) = asked(4, 2);
        assert_eq!((requests, last.unwrap()), (vec![10, 5, 3, 6, 3], Some(3)));
        let (requests, last) = asked(1, 1);
        assert_eq!(requests, [10, 5, 3, 2]);
        assert!(matches!(last, Err(Error::TimedOut { .. })), "{last:?}");
    }

    #[test]
    fn a_page_that_did_not_come_in_time_is_halved_and_the_following_ones_grow_again() {
        let mut cursor = cursor(Direction::Forward, 1);
        assert!(cursor.halve() && cursor.halve());
        assert_eq!(sized(&cursor), Some((3, Some(2 << 20))));
        for (held, following) in [(3, (6, Some(4 << 20))), (6, (10, None)), (10, (10, None))] {
            cursor.advance(&page(held, 12, false));
            assert_eq!(sized(&cursor), Some(following));
        }
        while cursor.halve() {}
        assert_eq!(sized(&cursor).map(|(limit, _)| limit), Some(1));
    }

    #[test]
    fn no_more_is_asked_for_than_twice_what_a_page_of_large_events_held() {
        let mut cursor = cursor(Direction::Forward, 1);
        for (held, following) in [(2, 4), (4, 8), (1, 2), (0, 4), (4, 8), (8, 10)] {
            cursor.advance(&page(held, 1, false));
            assert_eq!(sized(&cursor), Some((following, None)), "after {held}");
        }
    }

    #[test]
    fn nothing_follows_the_last_page() {
        let mut forward = cursor(Direction::Forward, 1);
        forward.advance(&page(3, 12, true));
        assert_eq!(next(&forward), None);
    }

    #[test]
    fn no_page_holds_more_than_what_remains() {
        let mut limited = cursor(Direction::Forward, 1).with_limit(13);
        assert_eq!(next(&limited), Some((1.into(), 10)));
        limited.advance(&page(10, 10, false));
        assert_eq!(next(&limited), Some((11.into(), 3)));
        limited.advance(&page(3, 13, false));
        assert_eq!(next(&limited), None);
        assert_eq!(next(&cursor(Direction::Forward, 1).with_limit(0)), Some((1.into(), 0)));
    }
}
