use std::num::NonZeroU32;

use eventstore_core::backend::PageRequest;
use eventstore_core::{Direction, EventNumber, StreamSelector};

use crate::sql;

/// Which numbers a statement examines for one page (ADR 14).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scan {
    /// Without a filter: as many as it takes to fill the page.
    Unfiltered,
    /// No more than this many.
    Window(NonZeroU32),
    /// Only those of events with the correlation id, as many as it takes to fill the page.
    CorrelationIndex,
}

impl Scan {
    pub(super) fn of(request: &PageRequest, window: NonZeroU32) -> Self {
        let is_correlated = request.filter.conditions().correlation_id.is_some();
        match &request.selector {
            _ if request.filter.is_everything() => Self::Unfiltered,
            StreamSelector::All if is_correlated => Self::CorrelationIndex,
            _ => Self::Window(window),
        }
    }

    pub(super) fn sql(self, request: &PageRequest) -> &'static str {
        use Direction::{Backward, Forward};
        use StreamSelector::{All, Stream};
        match (self, &request.selector, request.direction) {
            (Self::CorrelationIndex, _, Forward) => sql::READ_CORRELATED_FORWARD,
            (Self::CorrelationIndex, _, Backward) => sql::READ_CORRELATED_BACKWARD,
            (_, All, Forward) => sql::READ_ALL_FORWARD,
            (_, All, Backward) => sql::READ_ALL_BACKWARD,
            (_, Stream(_), Forward) => sql::READ_STREAM_FORWARD,
            (_, Stream(_), Backward) => sql::READ_STREAM_BACKWARD,
        }
    }

    /// The lowest and the highest number that a statement examines.
    pub(super) fn bounds(self, request: &PageRequest, head: EventNumber) -> (EventNumber, EventNumber) {
        match request.direction {
            Direction::Forward => (request.from, self.reach(request, head)),
            Direction::Backward => (self.reach(request, head), head.min(request.from)),
        }
    }

    /// How many events a statement examines at most.
    pub(super) fn most_examined(self, request: &PageRequest, head: EventNumber) -> u64 {
        let (first, last) = self.bounds(request, head);
        let within_bounds = last.next().get().saturating_sub(first.get());
        match self {
            Self::Unfiltered => within_bounds.min(request.limit.into()),
            _ => within_bounds,
        }
    }

    /// Up to which number (backward: down to which) a statement that did not fill its page has examined.
    pub(super) fn reach(self, request: &PageRequest, head: EventNumber) -> EventNumber {
        match (self, request.direction) {
            (Self::Window(size), Direction::Forward) => head.min(last_of_window(request.from, size)),
            (Self::Window(size), Direction::Backward) => head.min(request.from).next().before(size.get().into()),
            (_, Direction::Forward) => head,
            (_, Direction::Backward) => EventNumber::ZERO,
        }
    }
}

/// The last one of this many numbers.
pub(super) fn last_of_window(from: EventNumber, size: NonZeroU32) -> EventNumber {
    from.after(u64::from(size.get()) - 1).unwrap_or(EventNumber::MAX)
}

#[cfg(test)]
mod tests {
    use eventstore_core::{EventFilter, StreamName};
    use uuid::Uuid;

    use super::*;

    const TEN: NonZeroU32 = NonZeroU32::new(10).unwrap();

    fn request(direction: Direction, from: u32) -> PageRequest {
        PageRequest::new(StreamSelector::All, direction, from.into(), 100)
    }

    #[test]
    fn only_a_filter_limits_what_is_examined() {
        let all = request(Direction::Forward, 1);
        let filtered = all
            .clone()
            .with_filter(EventFilter::default().with_category("a").unwrap());
        let by_correlation = EventFilter::default().with_correlation_id(Uuid::nil());
        let correlated = all.clone().with_filter(by_correlation.clone());
        let stream = PageRequest {
            selector: StreamName::new("s").unwrap().into(),
            ..correlated.clone()
        };
        for (request, scan) in [
            (all, Scan::Unfiltered),
            (filtered, Scan::Window(TEN)),
            (correlated, Scan::CorrelationIndex),
            (stream, Scan::Window(TEN)),
        ] {
            assert_eq!(Scan::of(&request, TEN), scan, "{request:?}");
        }
    }

    #[test]
    fn a_window_ends_at_the_head_or_at_the_begin_of_the_stream() {
        let head = EventNumber::from(25);
        for (from, reach) in [(0, 9), (1, 10), (16, 25), (17, 25), (40, 25)] {
            let request = request(Direction::Forward, from);
            assert_eq!(
                Scan::Window(TEN).reach(&request, head),
                reach.into(),
                "forward from {from}"
            );
        }
        for (from, reach) in [(0, 0), (1, 0), (10, 1), (11, 2), (25, 16), (40, 16)] {
            let request = request(Direction::Backward, from);
            assert_eq!(
                Scan::Window(TEN).reach(&request, head),
                reach.into(),
                "backward from {from}"
            );
        }
    }

    #[test]
    fn without_a_filter_no_more_is_examined_than_asked_for() {
        let head = EventNumber::from(250);
        for (scan, from, most) in [
            (Scan::Unfiltered, 1, 100),
            (Scan::Unfiltered, 241, 10),
            (Scan::Unfiltered, 251, 0),
            (Scan::CorrelationIndex, 1, 250),
            (Scan::Window(TEN), 1, 10),
        ] {
            let request = request(Direction::Forward, from);
            assert_eq!(scan.most_examined(&request, head), most, "{scan:?} from {from}");
        }
    }

    #[test]
    fn a_window_does_not_leave_the_range_of_numbers() {
        assert_eq!(last_of_window(EventNumber::MAX.before(3), TEN), EventNumber::MAX);
        let backward = request(Direction::Backward, 7);
        assert_eq!(
            Scan::Window(NonZeroU32::MAX).reach(&backward, 9.into()),
            EventNumber::ZERO
        );
    }
}
