use std::num::NonZeroU32;

use eventstore_core::backend::PageRequest;
use eventstore_core::{Direction, EventNumber, StreamSelector};
use uuid::Uuid;

use crate::sql::{Sql, Statements};

/// How a statement finds the events of one page (ADR 14).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scan {
    /// Without a filter: reads as far as it takes to fill the page.
    Unfiltered,
    /// Reads no more than this many numbers.
    Window(NonZeroU32),
    /// Uses the index on correlation ids, as far as it takes to fill the page.
    CorrelationIndex,
    /// Finds what this event caused by the index on causation ids, as far as it takes to fill the page; forward only.
    CausationIndex(Uuid),
}

impl Scan {
    pub(crate) fn of(request: &PageRequest, window: NonZeroU32, has_correlation_index: bool) -> Self {
        let is_correlated = request.filter.conditions().correlation_id.is_some();
        match &request.selector {
            _ if request.filter.is_everything() => Self::Unfiltered,
            StreamSelector::All if is_correlated && has_correlation_index => Self::CorrelationIndex,
            _ => Self::Window(window),
        }
    }

    pub(crate) fn sql<'s>(self, statements: &'s Statements, request: &PageRequest) -> &'s Sql {
        use Direction::{Backward, Forward};
        use StreamSelector::{All, Stream};
        match (self, &request.selector, request.direction) {
            (Self::Unfiltered, All, Forward) => &statements.read_all_forward,
            (Self::Unfiltered, All, Backward) => &statements.read_all_backward,
            (Self::Unfiltered, Stream(_), Forward) => &statements.read_stream_forward,
            (Self::Unfiltered, Stream(_), Backward) => &statements.read_stream_backward,
            (Self::CorrelationIndex, _, Forward) => &statements.correlated_all_forward,
            (Self::CorrelationIndex, _, Backward) => &statements.correlated_all_backward,
            (Self::CausationIndex(_), ..) => &statements.caused_all,
            (Self::Window(_), All, Forward) => &statements.filter_all_forward,
            (Self::Window(_), All, Backward) => &statements.filter_all_backward,
            (Self::Window(_), Stream(_), Forward) => &statements.filter_stream_forward,
            (Self::Window(_), Stream(_), Backward) => &statements.filter_stream_backward,
        }
    }

    /// How a statement is told of its window: forward by the last number in it, backward by its size, since only the
    /// statement knows where the stream ends.
    pub(crate) fn window_argument(self, request: &PageRequest) -> Option<i64> {
        let Self::Window(size) = self else { return None };
        Some(match request.direction {
            Direction::Forward => last_of_window(request.from, size).as_i64(),
            Direction::Backward => i64::from(size.get()),
        })
    }

    /// Up to which number (backward: down to which) a statement that did not fill its page has read.
    pub(crate) fn reach(self, request: &PageRequest, head: EventNumber) -> EventNumber {
        match (self, request.direction) {
            (Self::Window(size), Direction::Forward) => head.min(last_of_window(request.from, size)),
            (Self::Window(size), Direction::Backward) => head.min(request.from).next().before(size.get().into()),
            (_, Direction::Forward) => head,
            (_, Direction::Backward) => EventNumber::ZERO,
        }
    }
}

/// The last one of this many numbers.
pub(crate) fn last_of_window(from: EventNumber, size: NonZeroU32) -> EventNumber {
    from.after(u64::from(size.get()) - 1).unwrap_or(EventNumber::MAX)
}

#[cfg(test)]
mod tests {
    use eventstore_core::EventFilter;

    use super::*;

    const TEN: NonZeroU32 = NonZeroU32::new(10).unwrap();

    fn request(direction: Direction, from: u32) -> PageRequest {
        PageRequest::new(StreamSelector::All, direction, from.into(), 100)
    }

    #[test]
    fn only_a_filtered_page_is_windowed_and_only_a_correlated_one_of_all_streams_uses_the_index() {
        let plain = request(Direction::Forward, 1);
        let category = plain
            .clone()
            .with_filter(EventFilter::default().with_category("a").unwrap());
        let correlated = plain
            .clone()
            .with_filter(EventFilter::default().with_correlation_id(Uuid::from_u128(1)));
        let stream = PageRequest {
            selector: "s".parse().unwrap(),
            ..correlated.clone()
        };
        for (request, without_index, with_index) in [
            (plain, Scan::Unfiltered, Scan::Unfiltered),
            (category, Scan::Window(TEN), Scan::Window(TEN)),
            (correlated, Scan::Window(TEN), Scan::CorrelationIndex),
            (stream, Scan::Window(TEN), Scan::Window(TEN)),
        ] {
            assert_eq!(Scan::of(&request, TEN, false), without_index, "{request:?}");
            assert_eq!(Scan::of(&request, TEN, true), with_index, "{request:?}");
        }
    }

    #[test]
    fn a_window_ends_at_the_head_or_at_the_begin_of_the_stream() {
        let head = EventNumber::from(25);
        let forward = [(0, 9), (1, 10), (16, 25), (17, 25), (40, 25)];
        for (from, reach) in forward {
            let request = request(Direction::Forward, from);
            assert_eq!(Scan::Window(TEN).reach(&request, head), reach.into(), "from {from}");
        }
        let backward = [(0, 0), (1, 0), (10, 1), (11, 2), (25, 16), (40, 16)];
        for (from, reach) in backward {
            let request = request(Direction::Backward, from);
            assert_eq!(Scan::Window(TEN).reach(&request, head), reach.into(), "from {from}");
        }
    }

    #[test]
    fn a_window_does_not_leave_the_range_of_numbers() {
        assert_eq!(last_of_window(EventNumber::MAX.before(3), TEN), EventNumber::MAX);
        let widest = NonZeroU32::MAX;
        assert_eq!(
            Scan::Window(widest).reach(&request(Direction::Backward, 7), 9.into()),
            EventNumber::ZERO
        );
    }
}
