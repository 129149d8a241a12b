use std::sync::Arc;

use eventstore_core::backend::PageRequest;
use eventstore_core::{Direction, EventNumber, StreamSelector};
use tokio::task::JoinSet;

use crate::conformance::sample::{grow, numbers_of, stream};
use crate::conformance::{Backend, Harness};

const WRITERS: usize = 8;
const APPENDS: usize = 40;

/// Who has seen position n never misses one below n, while others append.
///
/// Behaviours: R1.9.
pub async fn never_shows_a_gap_in_all_streams_while_others_append(harness: &dyn Harness) {
    let nodes = [harness.store(), harness.another_node().await];
    let (mut writers, total) = start_writers(&nodes);

    let mut readers = JoinSet::new();
    for node in nodes {
        readers.spawn(follow_until(node, total));
    }
    readers.join_all().await;
    while let Some(joined) = writers.join_next().await {
        joined.unwrap();
    }
}

/// Starts writers of appends with one to three events to four streams; tells how many events they will append.
fn start_writers(nodes: &[Arc<dyn Backend>; 2]) -> (JoinSet<()>, EventNumber) {
    let mut writers = JoinSet::new();
    let size_of = |index: usize| 1 + index % 3;
    for index in 0..WRITERS {
        let store = Arc::clone(&nodes[index % 2]);
        writers.spawn(async move {
            for _ in 0..APPENDS {
                grow(&*store, &stream(&format!("s-{}", index % 4)), size_of(index)).await;
            }
        });
    }
    let total: usize = (0..WRITERS).map(|index| size_of(index) * APPENDS).sum();
    (writers, u32::try_from(total).unwrap().into())
}

/// Reads pages from where the last one ended: each number has to follow the one before.
async fn follow_until(store: Arc<dyn Backend>, last: EventNumber) {
    let mut seen = EventNumber::ZERO;
    while seen < last {
        let page = store.read_page(next_page(seen)).await.unwrap();
        for number in numbers_of(&page.events) {
            assert_eq!(number, seen.next(), "a position was missing when a later one was seen");
            seen = number;
        }
        assert_eq!(
            page.scanned_to, seen,
            "a later commit may still fill what was said to be scanned"
        );
        tokio::task::yield_now().await;
    }
    assert_eq!(seen, last);
}

fn next_page(seen: EventNumber) -> PageRequest {
    PageRequest::new(StreamSelector::All, Direction::Forward, seen.next(), 50)
}
