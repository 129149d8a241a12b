use eventstore_core::{Append, ExpectedVersion, StreamSelector, Timestamp};
use tokio::task::JoinSet;

use super::{append_set, assert_positions_are_contiguous, to};
use crate::conformance::Harness;
use crate::conformance::sample::{
    event, events, exactly, grow, ids_in, info_of, new_ids_of, numbers, numbers_of, read_whole, stream, stream_of,
};
use crate::conformance::soundness::assert_is_sound;

/// A set is appended to all its streams, new and existing ones, and its receipts are in its order.
///
/// Behaviours: T23.
pub async fn appends_to_several_streams(harness: &dyn Harness) {
    let store = harness.store();
    stream_of(&*store, "b", 3).await;
    let (c, b, a) = (events(2), events(1), events(3));
    let receipts = append_set(
        &*store,
        vec![
            to("c", ExpectedVersion::NoStream, c.clone()),
            to("b", exactly(3), b.clone()),
            to("a", ExpectedVersion::Any, a.clone()),
        ],
    )
    .await
    .unwrap();

    let places: Vec<_> = receipts
        .iter()
        .map(|receipt| {
            (
                receipt.stream.as_str(),
                receipt.first_version.get(),
                receipt.last_version.get(),
            )
        })
        .collect();
    assert_eq!(places, [("c", 1, 2), ("b", 4, 4), ("a", 1, 3)]);
    assert!(receipts.iter().all(|receipt| !receipt.is_deduplicated));
    assert_eq!(ids_in(&*store, stream("c")).await, new_ids_of(&c));
    assert_eq!(ids_in(&*store, stream("b")).await[3..], new_ids_of(&b));
    assert_eq!(ids_in(&*store, stream("a")).await, new_ids_of(&a));
    assert_is_sound(&*store).await;
}

/// The positions of a set follow each other, and those of each append are adjacent, as its receipt says.
pub async fn positions_of_a_set_are_contiguous(harness: &dyn Harness) {
    let store = harness.store();
    grow(&*store, &stream("b"), 4).await;
    let appends: Vec<Append> = [("d", 2), ("a", 3), ("c", 1), ("b", 2)]
        .into_iter()
        .map(|(name, count)| to(name, ExpectedVersion::Any, events(count)))
        .collect();
    let receipts = append_set(&*store, appends.clone()).await.unwrap();
    assert_positions_are_contiguous(&receipts, 4);

    let all = read_whole(&*store, StreamSelector::All).await;
    assert_eq!(numbers_of(&all), numbers(1..=12));
    for (append, receipt) in appends.iter().zip(&receipts) {
        assert_eq!(receipt.count(), u64::try_from(append.events().len()).unwrap());
        let placed = all
            .iter()
            .filter(|event| (receipt.first_position..=receipt.last_position).contains(&event.number.into()));
        assert!(placed.map(|event| event.event_id).eq(append.event_ids()), "{receipt:?}");
    }
}

/// A set of one append is that append.
pub async fn appends_a_set_of_one(harness: &dyn Harness) {
    let store = harness.store();
    let receipts = append_set(&*store, vec![to("s", exactly(0), events(2))]).await.unwrap();
    assert_eq!(receipts.len(), 1);
    assert_eq!(
        (receipts[0].first_version, receipts[0].last_version),
        (1.into(), 2.into())
    );
    assert_eq!(
        (receipts[0].first_position, receipts[0].last_position),
        (1.into(), 2.into())
    );
}

/// Large appends can be in one set.
pub async fn appends_a_large_set(harness: &dyn Harness) {
    let store = harness.store();
    let names: Vec<_> = (0..40).map(|index| format!("s-{index}")).collect();
    let large = names
        .iter()
        .map(|name| to(name, ExpectedVersion::NoStream, events(101)));
    let receipts = append_set(&*store, large.collect()).await.unwrap();
    assert_positions_are_contiguous(&receipts, 0);
    let all = read_whole(&*store, StreamSelector::All).await;
    assert_eq!(numbers_of(&all), numbers(1..=4_040));
    assert_is_sound(&*store).await;
}

/// A reader sees all of a set, or nothing of it.
///
/// Behaviours: T23.
pub async fn is_seen_as_a_whole_or_not_at_all(harness: &dyn Harness) {
    const SETS: usize = 30;
    let store = harness.store();
    let mut writer = JoinSet::new();
    writer.spawn({
        let store = store.clone();
        async move {
            for _ in 0..SETS {
                let set = vec![
                    to("a", ExpectedVersion::Any, events(3)),
                    to("b", ExpectedVersion::Any, events(4)),
                ];
                append_set(&*store, set).await.unwrap();
            }
        }
    });
    let mut seen = 0;
    while seen < 7 * SETS {
        seen = read_whole(&*store, StreamSelector::All).await.len();
        assert_eq!(seen % 7, 0, "a part of a set was seen");
        tokio::task::yield_now().await;
    }
    writer.join_all().await;
}

/// Each append of a set has a time of its own, or none.
pub async fn gives_each_append_its_own_time(harness: &dyn Harness) {
    let store = harness.store();
    let time = |text: &str| text.parse::<Timestamp>().unwrap();
    let (early, late) = (time("2001-01-01T00:00:00Z"), time("2002-02-02T00:00:00Z"));
    let set = vec![
        to("early", ExpectedVersion::Any, events(2)).with_created_at(early),
        to("late", ExpectedVersion::Any, events(2)).with_created_at(late),
        to("own", ExpectedVersion::Any, vec![event().with_created_at(early)]),
        to("now", ExpectedVersion::Any, events(1)),
    ];
    append_set(&*store, set).await.unwrap();
    for (name, at) in [("early", early), ("late", late)] {
        let stored = read_whole(&*store, stream(name)).await;
        assert!(stored.iter().all(|event| event.created_at == at), "{stored:?}");
        assert_eq!(info_of(&*store, stream(name)).await.created_at, at);
    }
    assert_eq!(read_whole(&*store, stream("own")).await[0].created_at, early);
    assert!(read_whole(&*store, stream("now")).await[0].created_at > late);
    assert!(info_of(&*store, stream("own")).await.created_at > late);
}
