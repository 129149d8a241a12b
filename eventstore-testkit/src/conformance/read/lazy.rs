use std::num::NonZeroU32;

use eventstore_core::{Direction, Error, EventNumber, EventReaderExt, Read, StreamSelector};
use futures_util::{StreamExt, TryStreamExt};

use crate::conformance::sample::{grow, number, numbers, numbers_of, read, stream, stream_of};
use crate::conformance::{Harness, expect_error};

/// Lazily, forward, pages of any size together are the whole.
///
/// Behaviours: R2.11.
pub async fn reads_forward_in_pages_of_any_size(harness: &dyn Harness) {
    reads_in_pages_of_any_size(harness, |read| read, &numbers(1..=25)).await;
    reads_in_pages_of_any_size(harness, |read| read.with_start(number(4)), &numbers(4..=25)).await;
    reads_in_pages_of_any_size(
        harness,
        |read| read.with_start(number(4)).with_limit(7),
        &numbers(4..=10),
    )
    .await;
}

/// Lazily, backward, pages of any size together are the whole.
///
/// Behaviours: R2.14.
pub async fn reads_backward_in_pages_of_any_size(harness: &dyn Harness) {
    reads_in_pages_of_any_size(
        harness,
        |read| read.with_direction(Direction::Backward),
        &numbers((1..=25).rev()),
    )
    .await;
    let from_22 = |read: Read| read.with_direction(Direction::Backward).with_start(number(22));
    reads_in_pages_of_any_size(harness, from_22, &numbers((1..=22).rev())).await;
    reads_in_pages_of_any_size(harness, |read| from_22(read).with_limit(7), &numbers((16..=22).rev())).await;
}

/// Lazily, more events than a page of the default size holds are read.
///
/// Behaviours: R2.11, R2.14.
pub async fn reads_more_than_a_default_page(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 2_500).await;
    let forward = read(&*store, Read::new(target.clone())).await;
    assert_eq!(numbers_of(&forward), numbers(1..=2_500));
    let backward = read(&*store, Read::new(target).with_direction(Direction::Backward)).await;
    assert_eq!(numbers_of(&backward), numbers((1..=2_500).rev()));
}

/// Lazily, a missing stream is the first item, and the only one.
///
/// Behaviours: R2.3, R2.11.
pub async fn gives_a_missing_stream_as_the_first_item(harness: &dyn Harness) {
    let (store, missing) = (harness.store(), stream("missing"));
    for read in [
        Read::new(missing.clone()),
        Read::new(missing.clone()).with_direction(Direction::Backward),
    ] {
        let mut events = store.numbered(read);
        let first = events.next().await.unwrap();
        expect_error!(first, Error::StreamNotFound { stream } if stream == missing);
        assert!(events.next().await.is_none());
    }
}

/// Lazily, forward, events appended meanwhile are included.
///
/// Behaviours: R2.12.
pub async fn includes_events_appended_while_reading_forward(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 4).await;
    for selector in [StreamSelector::from(target.clone()), StreamSelector::All] {
        let before = store.stream_info(&selector).await.unwrap().version;
        let mut events = store.numbered(Read::new(selector).with_page_size(size(2)));
        let first = events.try_next().await.unwrap().unwrap();
        assert_eq!(first.number, number(1));

        grow(&*store, &target, 3).await;
        let rest: Vec<_> = events.try_collect().await.unwrap();
        let last = before.after(3).unwrap();
        assert_eq!(rest.last().unwrap().number, last.into());
        assert_eq!(numbers_of(&rest), numbers(2..=u32::try_from(last.get()).unwrap()));
    }
}

/// Lazily, backward, events appended meanwhile are left out.
///
/// Behaviours: R2.14.
pub async fn leaves_out_events_appended_while_reading_backward(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 4).await;
    for selector in [StreamSelector::from(target.clone()), StreamSelector::All] {
        let end = store.stream_info(&selector).await.unwrap().version;
        let mut events = store.numbered(
            Read::new(selector)
                .with_direction(Direction::Backward)
                .with_page_size(size(2)),
        );
        let first = events.try_next().await.unwrap().unwrap();
        assert_eq!(first.number, end.into());

        grow(&*store, &target, 3).await;
        let rest: Vec<_> = events.try_collect().await.unwrap();
        let end = u32::try_from(end.get()).unwrap();
        assert_eq!(numbers_of(&rest), numbers((1..end).rev()));
    }
}

async fn reads_in_pages_of_any_size(harness: &dyn Harness, choose: impl Fn(Read) -> Read, expected: &[EventNumber]) {
    let store = harness.store();
    if store.stream_info(&StreamSelector::All).await.unwrap().version == 0.into() {
        stream_of(&*store, "s", 25).await;
    }
    for selector in [StreamSelector::All, stream("s").into()] {
        for page_size in [1, 2, 5, 24, 25, 26, 1_000] {
            let request = choose(Read::new(selector.clone())).with_page_size(size(page_size));
            assert_eq!(
                numbers_of(&read(&*store, request.clone()).await),
                expected,
                "{request:?}"
            );
        }
    }
}

fn size(events: u32) -> NonZeroU32 {
    NonZeroU32::new(events).unwrap()
}
