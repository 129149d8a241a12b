//! Taking over events of another store.

use eventstore_core::backend::{ImportConflicts, ImportRun, Imported};
use eventstore_core::{
    Append, Delete, Deletion, Error, ExpectedVersion, NewEvent, StreamName, StreamSelector, Timestamp,
};

use super::refusal::leaves_all_as_it_is;
use super::sample::{append, event, events, ids_of, info_of, read_whole, stream};
use super::soundness::assert_is_sound;
use super::{Harness, expect_error};

fn run(stream: &StreamName, events: &[NewEvent]) -> ImportRun {
    Append::new(stream.clone(), ExpectedVersion::Any, events.to_vec())
        .unwrap()
        .into()
}

/// The same with the versions that the events have where they come from.
fn numbered(stream: &StreamName, events: &[NewEvent], versions: &[u32]) -> ImportRun {
    let append = Append::new(stream.clone(), ExpectedVersion::Any, events.to_vec()).unwrap();
    let versions = versions.iter().map(|version| (*version).into()).collect();
    ImportRun::with_versions(append, versions).unwrap()
}

fn imported(stored: u64, skipped: u64) -> Imported {
    Imported {
        stored,
        skipped,
        ..Imported::default()
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_unix_micros(second * 1_000_000).unwrap()
}

/// Events keep their order in `$all` over several runs, of which some are of the same stream.
pub async fn stores_runs_in_their_order(harness: &dyn Harness) {
    let (store, a, b) = (harness.store(), stream("a"), stream("b"));
    let new = events(5);
    let runs = [run(&a, &new[..2]), run(&b, &new[2..3]), run(&a, &new[3..])];
    assert_eq!(
        store.import(&runs, ImportConflicts::Refuse).await.unwrap(),
        imported(5, 0)
    );
    let all = read_whole(&*store, StreamSelector::All).await;
    let ids: Vec<_> = new.iter().map(|event| event.id).collect();
    assert_eq!(ids_of(&all), ids);
    assert_eq!(info_of(&*store, a).await.version, 4.into());
    assert_is_sound(&*store).await;
}

/// Each event keeps its time, and a stream that is created has that of its first event.
pub async fn keeps_the_times_of_events(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("s"));
    let new = [event().with_created_at(at(7)), event().with_created_at(at(5))];
    store
        .import(&[run(&target, &new)], ImportConflicts::Refuse)
        .await
        .unwrap();
    let stored = read_whole(&*store, target.clone()).await;
    assert_eq!([stored[0].created_at, stored[1].created_at], [at(7), at(5)]);
    assert_eq!(info_of(&*store, target).await.created_at, at(7));
}

/// Repeating an import changes nothing.
pub async fn changes_nothing_when_it_is_repeated(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("s"));
    let runs = [run(&target, &events(3))];
    assert_eq!(
        store.import(&runs, ImportConflicts::Refuse).await.unwrap(),
        imported(3, 0)
    );
    let again = leaves_all_as_it_is(&*store, store.import(&runs, ImportConflicts::Refuse)).await;
    assert_eq!(again.unwrap(), imported(0, 3));
}

/// Events that are stored are skipped, wherever they are in a run; the rest is stored after what the stream holds.
pub async fn skips_what_is_stored(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("s"));
    let new = events(4);
    append(
        &*store,
        &target,
        ExpectedVersion::Any,
        vec![new[2].clone(), new[0].clone()],
    )
    .await
    .unwrap();
    assert_eq!(
        store
            .import(&[run(&target, &new)], ImportConflicts::Refuse)
            .await
            .unwrap(),
        imported(2, 2)
    );
    let ids = ids_of(&read_whole(&*store, target).await);
    assert_eq!(ids, [2, 0, 1, 3].map(|index| new[index].id));
    assert_is_sound(&*store).await;
}

/// An import into a deleted stream is refused as a whole.
pub async fn refuses_a_deleted_stream(harness: &dyn Harness) {
    let (store, deleted) = (harness.store(), stream("deleted"));
    append(&*store, &deleted, ExpectedVersion::Any, events(1))
        .await
        .unwrap();
    store
        .delete(Delete::new(deleted.clone(), Deletion::Soft))
        .await
        .unwrap();
    let runs = [run(&stream("s"), &events(1)), run(&deleted, &events(1))];
    let outcome = leaves_all_as_it_is(&*store, store.import(&runs, ImportConflicts::Refuse)).await;
    expect_error!(outcome, Error::StreamDeleted { stream } if stream == deleted);
}

/// An event whose id is stored in another stream is a conflict: the import is refused as a whole, or leaves it out and says so.
pub async fn tells_of_ids_that_are_stored_elsewhere(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("s"));
    let new = events(3);
    append(&*store, &stream("other"), ExpectedVersion::Any, vec![new[1].clone()])
        .await
        .unwrap();
    let runs = [run(&target, &new)];
    let refused = leaves_all_as_it_is(&*store, store.import(&runs, ImportConflicts::Refuse)).await;
    expect_error!(refused, Error::InvalidInput { argument: "events", .. });
    let skipping = store.import(&runs, ImportConflicts::Skip).await.unwrap();
    let expected = Imported {
        elsewhere: 1,
        ..imported(2, 0)
    };
    assert_eq!(skipping, expected);
    assert_eq!(ids_of(&read_whole(&*store, target).await), [new[0].id, new[2].id]);
    assert_is_sound(&*store).await;
}

/// An event that would have another version than where it comes from is a conflict as well.
pub async fn tells_of_versions_that_would_change(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("s"));
    let new = events(3);
    let runs = [numbered(&target, &new, &[1, 5, 4])];
    let refused = leaves_all_as_it_is(&*store, store.import(&runs, ImportConflicts::Refuse)).await;
    expect_error!(refused, Error::InvalidInput { argument: "events", .. });
    for stored in [(3, 0), (0, 3)] {
        let skipping = store.import(&runs, ImportConflicts::Skip).await.unwrap();
        let expected = Imported {
            renumbered: 2,
            ..imported(stored.0, stored.1)
        };
        assert_eq!(skipping, expected);
    }
    let runs = [numbered(&target, &new, &[1, 2, 3])];
    let same = store.import(&runs, ImportConflicts::Refuse).await.unwrap();
    assert_eq!(same, imported(0, 3));
}
