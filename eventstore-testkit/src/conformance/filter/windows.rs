use std::num::NonZeroU32;

use eventstore_core::backend::{NumberedEvent, PageRequest};
use eventstore_core::{Direction, EventFilter, EventNumber, Read, StreamSelector};

use super::{category, correlation, event_of, matching, prefix, put, types};
use crate::conformance::sample::{events, number, numbers, numbers_of, read, stream};
use crate::conformance::{Backend, Harness};

/// The numbers at which a scan of this many numbers at once begins and ends its windows, and the numbers beside those.
const MARKS: [u32; 14] = [
    1, 999, 1_000, 1_001, 1_023, 1_024, 1_025, 1_999, 2_000, 2_001, 2_047, 2_048, 2_049, 2_110,
];

/// The streams of the events at the marks and of all others, for conditions on streams: positions are those of the marks.
const MARKED: &str = "marked-1";
const OTHERS: &str = "others-1";

/// One stream, whose versions are those of the marks.
const ONE: &str = "one-1";

/// With a filter, no match is lost where a scan goes on, at whatever number it does so, and none is taken for the last one.
pub async fn finds_matches_wherever_a_scan_goes_on(harness: &dyn Harness) {
    let store = harness.store();
    fill(&*store).await;
    let nodes = [
        store,
        harness.another_node().await,
        harness.another_node().await,
        harness.another_node().await,
    ];
    for node in &nodes {
        let marked = || types(&["Mark"]);
        let first_of = |size| (marked().with_category("marked").unwrap(), StreamSelector::All, size);
        for (filter, selector, page_size) in [
            first_of(1_000),
            first_of(3),
            (category("marked"), StreamSelector::All, 5),
            (marked(), stream(ONE).into(), 2),
        ] {
            let (forward, backward) = both_ways(&**node, &selector, &filter, page_size).await;
            assert_eq!(
                numbers_of(&forward),
                numbers(MARKS),
                "{filter:?} of {selector}, {page_size} a page"
            );
            assert_eq!(
                numbers_of(&backward),
                reversed(),
                "{filter:?} of {selector} backward, {page_size} a page"
            );
        }
    }
    finds_each_mark_alone(&*nodes[1]).await;
}

/// Filters of other conditions, and the pages that end just at a mark.
pub async fn ends_no_page_early_wherever_a_scan_goes_on(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    fill(&*store).await;
    for filter in [
        prefix("marked"),
        category("marked"),
        types(&["Mark"]).with_stream_prefix("mark").unwrap(),
    ] {
        let all = matching(&*store, &StreamSelector::All, &filter).await;
        assert_eq!(numbers_of(&all), numbers(MARKS), "{filter:?}");
        for limit in 1..=u32::try_from(MARKS.len()).unwrap() {
            let request = PageRequest::new(StreamSelector::All, Direction::Forward, EventNumber::FIRST, limit);
            let mut found: Vec<NumberedEvent> = Vec::new();
            let mut from = EventNumber::FIRST;
            loop {
                let request = PageRequest {
                    from,
                    ..request.clone()
                }
                .with_filter(filter.clone());
                let page = other.read_page(request).await.unwrap();
                from = page.scanned_to.next();
                found.extend(page.events);
                if page.is_last {
                    break;
                }
            }
            assert_eq!(numbers_of(&found), numbers(MARKS), "{filter:?}, {limit} a page");
        }
    }
}

/// The one match that there is, whatever number it has.
async fn finds_each_mark_alone(node: &dyn Backend) {
    for mark in MARKS {
        let filter = correlation(u128::from(mark));
        for selector in [StreamSelector::All, stream(ONE).into()] {
            let filter = filter.clone().with_category(if selector == StreamSelector::All {
                "marked"
            } else {
                "one"
            });
            let filter = filter.unwrap();
            let (forward, backward) = both_ways(node, &selector, &filter, 10).await;
            for found in [forward, backward] {
                assert_eq!(numbers_of(&found), [number(mark)], "{filter:?} of {selector}");
            }
        }
    }
}

async fn both_ways(
    node: &dyn Backend,
    selector: &StreamSelector,
    filter: &EventFilter,
    page_size: u32,
) -> (Vec<NumberedEvent>, Vec<NumberedEvent>) {
    let size = NonZeroU32::new(page_size).unwrap();
    let request = Read::new(selector.clone())
        .with_filter(filter.clone())
        .with_page_size(size);
    (
        read(node, request.clone()).await,
        read(node, request.with_direction(Direction::Backward)).await,
    )
}

fn reversed() -> Vec<EventNumber> {
    numbers(MARKS.into_iter().rev())
}

/// Puts 2,110 events into two streams by turns, then as many into one stream.
async fn fill(store: &dyn Backend) {
    let mark = |number: u32| event_of("Mark", number.into());
    let mut next = 1;
    for number in MARKS {
        let others = usize::try_from(number - next).unwrap();
        if others > 0 {
            put(store, OTHERS, events(others)).await;
        }
        put(store, MARKED, vec![mark(number)]).await;
        next = number + 1;
    }
    let mut one = events(usize::try_from(MARKS[MARKS.len() - 1]).unwrap());
    for number in MARKS {
        one[usize::try_from(number).unwrap() - 1] = mark(number);
    }
    put(store, ONE, one).await;
}
