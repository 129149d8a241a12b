use eventstore_core::{Append, AppendSet, Error, ExpectedVersion, Idempotence, StreamSelector};

use crate::conformance::contents::{Contents, all_streams};
use crate::conformance::reopening::reopened;
use crate::conformance::sample::{append, events, exactly, grow, info_of, new_ids_of, stream, stream_of, version_of};
use crate::conformance::{Harness, Stop, expect_error};

/// What was acknowledged is there when the storage is opened again, however its process has ended.
pub async fn keeps_what_was_acknowledged_when_it_is_reopened(harness: &dyn Harness) {
    let mut store = harness.store();
    for stop in Stop::ALL {
        stream_of(&*store, &format!("{stop:?}"), 3).await;
        let appends = ["set", "other"].map(|name| Append::new(stream(name), ExpectedVersion::Any, events(2)).unwrap());
        store.append_set(AppendSet::new(appends.into()).unwrap()).await.unwrap();
        let before = Contents::of(&*store).await;
        store = reopened(harness, store, stop).await;
        assert_eq!(Contents::of(&*store).await, before, "after the end {stop:?}");
        grow(&*store, &stream("set"), 1).await;
        let before = Contents::of(&*store).await;
        store = reopened(harness, store, stop).await;
        assert_eq!(
            Contents::of(&*store).await,
            before,
            "after one append and the end {stop:?}"
        );
    }
}

/// Versions, positions and ids of streams go on where they were when the storage is opened again.
pub async fn goes_on_counting_when_it_is_reopened(harness: &dyn Harness) {
    let mut store = harness.store();
    let target = stream_of(&*store, "s", 2).await;
    for (stop, version) in Stop::ALL.into_iter().zip([2_u32, 5]) {
        let end = version_of(&*store, StreamSelector::All).await;
        let last_id = all_streams(&*store).await.iter().map(|info| info.id).max();
        store = reopened(harness, store, stop).await;
        let receipt = append(&*store, &target, exactly(version), events(3)).await.unwrap();
        assert_eq!(receipt.first_version, (version + 1).into(), "after the end {stop:?}");
        assert_eq!(receipt.first_position, end.next().into(), "after the end {stop:?}");
        let created = stream_of(&*store, &format!("{stop:?}"), 1).await;
        let id = info_of(&*store, created).await.id;
        assert!(
            Some(id) > last_id,
            "after the end {stop:?}: {id} is not beyond {last_id:?}"
        );
    }
}

/// An append that was acknowledged is known as such when the storage is opened again: repeated, it is answered with its
/// receipt, and its ids are taken.
pub async fn knows_what_was_appended_when_it_is_reopened(harness: &dyn Harness) {
    let mut store = harness.store();
    for stop in Stop::ALL {
        let target = stream(&format!("{stop:?}"));
        let new = events(2);
        let append_of = || Append::new(target.clone(), ExpectedVersion::NoStream, new.clone()).unwrap();
        let first = store
            .append(append_of().with_idempotence(Idempotence::ByIds))
            .await
            .unwrap();
        store = reopened(harness, store, stop).await;
        let again = store
            .append(append_of().with_idempotence(Idempotence::ByIds))
            .await
            .unwrap();
        assert!(again.is_deduplicated, "after the end {stop:?}: {again:?}");
        assert_eq!(again.first_position, first.first_position, "after the end {stop:?}");
        let taken = append(&*store, &stream("other"), ExpectedVersion::Any, new.clone()).await;
        expect_error!(taken, Error::DuplicateEvent { event_id } if event_id == new_ids_of(&new)[0]);
    }
}
