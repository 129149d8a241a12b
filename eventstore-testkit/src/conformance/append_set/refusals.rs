use eventstore_core::{Append, AppendReceipt, Delete, Deletion, Error, ExpectedVersion, Idempotence, Result};
use futures_util::future::join;

use super::{append_set, to};
use crate::conformance::refusal::leaves_all_as_it_is;
use crate::conformance::sample::{append, event, events, exactly, stream, stream_of};
use crate::conformance::{Backend, Harness, expect_error};

/// Wherever in a set a wrong version is expected, nothing of it is written.
pub async fn writes_nothing_of_a_set_with_a_wrong_version(harness: &dyn Harness) {
    let store = harness.store();
    let existing = stream_of(&*store, "s", 3).await;
    for place in 0..3 {
        let outcome = refused_with(&*store, place, to("s", exactly(2), events(1))).await;
        expect_error!(
            outcome,
            Error::WrongExpectedVersion { stream, expected, actual: Some(actual) }
                if stream == existing && expected == exactly(2) && actual == 3.into()
        );
        let outcome = refused_with(&*store, place, to("missing", exactly(1), events(1))).await;
        expect_error!(outcome, Error::WrongExpectedVersion { actual: None, .. });
    }
}

/// Wherever in a set an existing stream is to be created, nothing of it is written.
pub async fn writes_nothing_of_a_set_with_a_stream_that_exists(harness: &dyn Harness) {
    let store = harness.store();
    let existing = stream_of(&*store, "s", 3).await;
    for place in 0..3 {
        let outcome = refused_with(&*store, place, to("s", ExpectedVersion::NoStream, events(1))).await;
        expect_error!(outcome, Error::StreamAlreadyExists { stream, version } if stream == existing && version == 3.into());
    }
}

/// Wherever in a set a missing stream is to exist, nothing of it is written.
pub async fn writes_nothing_of_a_set_with_a_missing_stream(harness: &dyn Harness) {
    let (store, missing) = (harness.store(), stream("missing"));
    for place in 0..3 {
        let outcome = refused_with(&*store, place, to("missing", ExpectedVersion::StreamExists, events(1))).await;
        expect_error!(outcome, Error::StreamNotFound { stream } if stream == missing);
    }
}

/// Wherever in a set a soft-deleted stream is, nothing of the set is written.
pub async fn writes_nothing_of_a_set_with_a_soft_deleted_stream(harness: &dyn Harness) {
    let store = harness.store();
    let deleted = stream_of(&*store, "s", 3).await;
    store
        .delete(Delete::new(deleted.clone(), Deletion::Soft))
        .await
        .unwrap();
    for place in 0..3 {
        let outcome = refused_with(&*store, place, to("s", ExpectedVersion::Any, events(1))).await;
        expect_error!(outcome, Error::StreamDeleted { stream } if stream == deleted);
    }
}

/// Wherever in a set an id is that is stored elsewhere, nothing of the set is written.
pub async fn writes_nothing_of_a_set_with_a_duplicate(harness: &dyn Harness) {
    let store = harness.store();
    let stored = event();
    append(&*store, &stream("elsewhere"), exactly(0), vec![stored.clone()])
        .await
        .unwrap();
    for place in 0..3 {
        let duplicate = vec![event(), stored.clone()];
        let outcome = refused_with(&*store, place, to("s", ExpectedVersion::Any, duplicate)).await;
        expect_error!(outcome, Error::DuplicateEvent { event_id } if event_id == stored.id);
    }
}

/// Of several appends that are refused, the first one of the set is reported.
pub async fn reports_the_first_refused_append_of_a_set(harness: &dyn Harness) {
    let store = harness.store();
    for name in ["a", "m", "z"] {
        stream_of(&*store, name, 1).await;
    }
    for names in [["z", "a", "m"], ["m", "z", "a"], ["a", "m", "z"]] {
        let wrong = names.map(|name| to(name, exactly(7), events(1)));
        let set = [vec![to("new", ExpectedVersion::Any, events(1))], wrong.to_vec()].concat();
        let outcome = leaves_all_as_it_is(&*store, append_set(&*store, set)).await;
        expect_error!(outcome, Error::WrongExpectedVersion { stream, .. } if stream.as_str() == names[0]);
    }
}

/// An append that takes ids of all appends of a set while the set is tried makes it refuse the first of them, if it is seen at all.
pub async fn reports_the_first_refused_append_of_a_set_that_races(harness: &dyn Harness) {
    const ROUNDS: usize = 40;
    let nodes = [harness.store(), harness.another_node().await];
    for round in 0..ROUNDS {
        let (first, second) = (event(), event());
        let set = vec![
            to("d", ExpectedVersion::Any, vec![event(), first.clone()]),
            to("missing", ExpectedVersion::StreamExists, vec![second.clone()]).with_idempotence(Idempotence::ByIds),
        ];
        let both = vec![second, first.clone()];
        let target = stream("a");
        let other = append(&*nodes[round % 2], &target, ExpectedVersion::Any, both);
        let (set, other) = join(append_set(&*nodes[0], set), other).await;
        other.unwrap();
        match set.unwrap_err() {
            Error::StreamNotFound { stream } => assert_eq!(stream.as_str(), "missing"),
            Error::DuplicateEvent { event_id } => assert_eq!(event_id, first.id, "the first append has this one"),
            error => panic!("refused with another error: {error}"),
        }
    }
}

/// Appends a set of three with this one in this place among two good ones; it has to leave nothing.
async fn refused_with(store: &dyn Backend, place: usize, bad: Append) -> Result<Vec<AppendReceipt>> {
    let mut appends = vec![
        to("new", ExpectedVersion::NoStream, events(2)),
        to("z-new", ExpectedVersion::Any, events(2)),
    ];
    appends.insert(place, bad);
    let outcome = leaves_all_as_it_is(store, append_set(store, appends)).await;
    assert!(outcome.is_err(), "the set was to be refused: {outcome:?}");
    outcome
}
