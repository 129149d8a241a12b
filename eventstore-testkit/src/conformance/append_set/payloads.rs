use eventstore_core::{Error, ExpectedVersion, NewEvent};

use super::{append_set, to};
use crate::conformance::payloads::no_json;
use crate::conformance::refusal::leaves_all_as_it_is;
use crate::conformance::sample::{event, events, read_whole, stream};
use crate::conformance::{Backend, Harness, Payloads};

/// What is no JSON is kept byte for byte, or refused by name where JSON is kept, and then nothing of the set is written.
pub async fn keeps_or_refuses_what_is_no_json(harness: &dyn Harness) {
    let store = harness.store();
    for (what, bytes) in no_json() {
        let data = event().with_data(bytes.clone());
        for (place, event) in [("data", data), ("metadata", event().with_metadata(bytes))] {
            match harness.payloads() {
                Payloads::Bytes => keeps(&*store, event).await,
                Payloads::Json => refuses(&*store, event, what, place).await,
            }
        }
    }
}

async fn keeps(store: &dyn Backend, event: NewEvent) {
    let name = format!("s-{}", event.id);
    let set = vec![
        to("good", ExpectedVersion::Any, events(1)),
        to(&name, ExpectedVersion::NoStream, vec![event.clone()]),
    ];
    append_set(store, set).await.unwrap();
    let stored = read_whole(store, stream(&name)).await;
    assert_eq!((&stored[0].data, &stored[0].metadata), (&event.data, &event.metadata));
}

/// Wherever in a set the event is.
async fn refuses(store: &dyn Backend, bad: NewEvent, what: &str, place: &str) {
    for index in 0..3 {
        let mut set = vec![
            to("new", ExpectedVersion::NoStream, events(2)),
            to("z-new", ExpectedVersion::Any, vec![event().with_metadata("{}")]),
        ];
        set.insert(index, to("s", ExpectedVersion::Any, vec![event(), bad.clone()]));
        let outcome = leaves_all_as_it_is(store, append_set(store, set)).await;
        assert!(
            matches!(outcome, Err(Error::InvalidInput { argument, .. }) if argument == place),
            "{what} as {place}: {outcome:?}"
        );
    }
}
