use eventstore_core::{ExpectedVersion, Link, StreamSelector};

use super::source_events;
use crate::conformance::Harness;
use crate::conformance::sample::{
    grow, ids_in, info_of, link, link_any, numbers, numbers_of, read_whole, stream, stream_of,
};
use crate::conformance::soundness::assert_is_sound;

/// A receipt names the target and the versions of the links.
///
/// Behaviours: R3.1.
pub async fn receipts_name_the_target_and_versions(harness: &dyn Harness) {
    let store = harness.store();
    let ids = source_events(&*store, 3).await;
    let target = stream("s");
    link_any(&*store, &target, ids[..1].to_vec()).await;
    let receipt = link_any(&*store, &target, ids[1..].to_vec()).await;
    assert_eq!(receipt.target, target);
    assert_eq!((receipt.first_version, receipt.last_version), (2.into(), 3.into()));
    assert_eq!(info_of(&*store, target).await.version, 3.into());
}

/// Links are in the order of the call, whatever the order of the events.
///
/// Behaviours: R3.1.
pub async fn keeps_the_order_of_the_call(harness: &dyn Harness) {
    let store = harness.store();
    let mut ids = source_events(&*store, 20).await;
    ids.reverse();
    ids.swap(3, 11);
    let target = stream("s");
    link_any(&*store, &target, ids.clone()).await;
    assert_eq!(ids_in(&*store, target).await, ids);
}

/// Links change neither `$all` nor the streams of the events.
///
/// Behaviours: R3.1.
pub async fn leaves_all_streams_and_the_sources_as_they_are(harness: &dyn Harness) {
    let store = harness.store();
    let ids = source_events(&*store, 3).await;
    let selectors = [StreamSelector::All, stream("source").into()];
    let mut before = Vec::new();
    for selector in &selectors {
        before.push((
            info_of(&*store, selector.clone()).await,
            read_whole(&*store, selector.clone()).await,
        ));
    }
    link_any(&*store, &stream("s"), ids).await;
    for (selector, before) in selectors.iter().zip(before) {
        let after = (
            info_of(&*store, selector.clone()).await,
            read_whole(&*store, selector.clone()).await,
        );
        assert_eq!(after, before);
    }
    assert_eq!(grow(&*store, &stream("other"), 1).await.first_position, 4.into());
}

/// One event can be linked into any number of streams.
///
/// Behaviours: R3.5.
pub async fn links_an_event_into_many_streams(harness: &dyn Harness) {
    let store = harness.store();
    let ids = source_events(&*store, 1).await;
    for index in 0..5 {
        let target = stream(&format!("s-{index}"));
        link(&*store, &target, ExpectedVersion::NoStream, ids.clone())
            .await
            .unwrap();
        assert_eq!(ids_in(&*store, target).await, ids);
    }
    assert_is_sound(&*store).await;
}

/// Events of several streams can be linked at once.
///
/// Behaviours: R3.1.
pub async fn links_events_of_several_streams_at_once(harness: &dyn Harness) {
    let store = harness.store();
    let mut ids = Vec::new();
    for name in ["a", "b", "c"] {
        let source = stream_of(&*store, name, 3).await;
        ids.extend(ids_in(&*store, source).await);
    }
    ids.rotate_left(4);
    let target = stream("s");
    link_any(&*store, &target, ids.clone()).await;
    assert_eq!(ids_in(&*store, target).await, ids);
}

/// A link to a linked event refers to the event itself, where it was appended.
///
/// Behaviours: R3.8.
pub async fn links_of_linked_events_refer_to_the_events(harness: &dyn Harness) {
    let store = harness.store();
    let ids = source_events(&*store, 3).await;
    let (first, second) = (stream("first"), stream("second"));
    link_any(&*store, &first, ids[1..].to_vec()).await;
    let linked = ids_in(&*store, first).await;
    link_any(&*store, &second, linked[1..].to_vec()).await;
    let event = read_whole(&*store, second).await.remove(0);
    assert_eq!(event.event_id, ids[2]);
    assert_eq!(event.number, 1.into());
    assert_eq!((event.stream.as_str(), event.stream_version), ("source", 3.into()));
}

/// A stream can hold events of its own between links; both count up its version.
pub async fn keeps_links_and_own_events_in_one_stream(harness: &dyn Harness) {
    let store = harness.store();
    let ids = source_events(&*store, 4).await;
    let target = stream("s");
    grow(&*store, &target, 2).await;
    link_any(&*store, &target, ids[..2].to_vec()).await;
    let appended = grow(&*store, &target, 1).await;
    assert_eq!(appended.first_version, 5.into());
    link_any(&*store, &target, ids[2..].to_vec()).await;

    let events = read_whole(&*store, target).await;
    assert_eq!(numbers_of(&events), numbers(1..=7));
    let origins: Vec<_> = events
        .iter()
        .map(|event| (event.stream.as_str(), event.stream_version.get()))
        .collect();
    let expected = [
        ("s", 1),
        ("s", 2),
        ("source", 1),
        ("source", 2),
        ("s", 5),
        ("source", 3),
        ("source", 4),
    ];
    assert_eq!(origins, expected);
    assert_is_sound(&*store).await;
}

/// Two streams can hold links to each other's events.
///
/// Behaviours: R3.5.
pub async fn links_streams_into_each_other(harness: &dyn Harness) {
    let store = harness.store();
    let (a, b) = (stream_of(&*store, "a", 2).await, stream_of(&*store, "b", 2).await);
    let (of_a, of_b) = (ids_in(&*store, a.clone()).await, ids_in(&*store, b.clone()).await);
    link_any(&*store, &a, of_b.clone()).await;
    link_any(&*store, &b, of_a.clone()).await;
    assert_eq!(ids_in(&*store, a).await, [of_a.clone(), of_b.clone()].concat());
    assert_eq!(ids_in(&*store, b).await, [of_b, of_a].concat());
    assert_is_sound(&*store).await;
}

/// Many events can be linked at once.
///
/// Behaviours: R3.3.
pub async fn links_2500_events_at_once(harness: &dyn Harness) {
    let store = harness.store();
    let ids = source_events(&*store, 2_500).await;
    let target = stream("s");
    let link = Link::new(target.clone(), ExpectedVersion::NoStream, ids.clone()).unwrap();
    let receipt = store.link(link).await.unwrap();
    assert_eq!(receipt.last_version, 2_500.into());
    let linked = read_whole(&*store, target).await;
    assert_eq!(numbers_of(&linked), numbers(1..=2_500));
    assert!(linked.iter().map(|event| event.event_id).eq(ids));
}
