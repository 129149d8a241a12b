//! Finding events by their ids.

use eventstore_core::{Delete, Deletion, EventPlace, FoundEvent, StreamName, StreamSelector};
use uuid::Uuid;

use super::Harness;
use super::sample::{ids_in, link_any, read_whole, stream, stream_of};

fn place(stream: &StreamName, at: u32, is_deleted: bool) -> EventPlace {
    EventPlace {
        stream: stream.clone(),
        version: at.into(),
        is_deleted,
    }
}

/// An event is found as `$all` gives it, with its stream, by every node.
pub async fn finds_an_event_with_its_stream(harness: &dyn Harness) {
    let store = harness.store();
    stream_of(&*store, "other", 2).await;
    let target = stream_of(&*store, "s", 3).await;
    let all = read_whole(&*store, StreamSelector::All).await;
    for node in [&store, &harness.another_node().await] {
        let found = node.find_event(all[3].event_id).await.unwrap();
        let expected = FoundEvent {
            event: all[3].event.clone(),
            places: vec![place(&target, 2, false)],
        };
        assert_eq!(found, Some(expected));
    }
}

/// Nothing is found under an id that no event has.
pub async fn finds_nothing_under_an_unknown_id(harness: &dyn Harness) {
    let store = harness.store();
    stream_of(&*store, "s", 1).await;
    assert_eq!(store.find_event(Uuid::now_v7().into()).await.unwrap(), None);
}

/// The streams that link to an event come after its own, in the order of their names.
pub async fn names_every_stream_that_links_to_an_event(harness: &dyn Harness) {
    let store = harness.store();
    let source = stream_of(&*store, "m", 2).await;
    let ids = ids_in(&*store, source.clone()).await;
    let [first, second, third] = ["a", "Z", "é"].map(stream);
    link_any(&*store, &first, ids.clone()).await;
    link_any(&*store, &second, vec![ids[1]]).await;
    link_any(&*store, &third, vec![ids[1], ids[0]]).await;
    let found = store.find_event(ids[1]).await.unwrap().unwrap();
    let places = [
        place(&source, 2, false),
        place(&second, 1, false),
        place(&first, 2, false),
        place(&third, 1, false),
    ];
    assert_eq!(found.places, places);
}

/// An event of a soft-deleted stream is found, and its stream told to be deleted.
pub async fn finds_an_event_of_a_soft_deleted_stream(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 1).await;
    let id = ids_in(&*store, target.clone()).await[0];
    store.delete(Delete::new(target.clone(), Deletion::Soft)).await.unwrap();
    let found = store.find_event(id).await.unwrap().unwrap();
    assert_eq!(found.places, [place(&target, 1, true)]);
}

/// A hard-deleted event is found no more, and a hard-deleted stream holds no link.
pub async fn forgets_what_was_hard_deleted(harness: &dyn Harness) {
    let store = harness.store();
    let (source, gone, links) = (
        stream_of(&*store, "s", 1).await,
        stream_of(&*store, "gone", 1).await,
        stream("links"),
    );
    let kept = ids_in(&*store, source.clone()).await[0];
    let removed = ids_in(&*store, gone.clone()).await[0];
    link_any(&*store, &links, vec![kept, removed]).await;
    for target in [gone, links] {
        store.delete(Delete::new(target, Deletion::Hard)).await.unwrap();
    }
    assert_eq!(store.find_event(removed).await.unwrap(), None);
    let found = store.find_event(kept).await.unwrap().unwrap();
    assert_eq!(found.places, [place(&source, 1, false)]);
}
