use eventstore_core::{Append, AppendSet, ExpectedVersion, Idempotence, StreamSelector};

use crate::conformance::Harness;
use crate::conformance::dropping::dropped_after;
use crate::conformance::sample::{events, grow, ids_in, new_ids_of, stream};

/// How often an append is polled at most before it is dropped.
const POLLS: usize = 6;

/// Whoever drops the future of an append makes sure by appending the same events again, idempotently: whatever became of the
/// first one, they are stored once and as a whole.
pub async fn stores_a_dropped_append_as_a_whole_or_not_at_all(harness: &dyn Harness) {
    let store = harness.store();
    for polls in 0..=POLLS {
        let target = stream(&format!("s-{polls}"));
        let new = events(3);
        let append = Append::new(target.clone(), ExpectedVersion::NoStream, new.clone()).unwrap();
        dropped_after(polls, store.append(append.clone())).await;
        let made_sure = store.append(append.with_idempotence(Idempotence::ByIds)).await.unwrap();
        assert_eq!(made_sure.first_version, 1.into(), "dropped after {polls} polls");
        assert_eq!(
            ids_in(&*store, target.clone()).await,
            new_ids_of(&new),
            "dropped after {polls} polls"
        );
        grow(&*store, &target, 1).await;
    }
}

/// A set of appends that is dropped is stored in all its streams or in none.
pub async fn stores_a_dropped_set_as_a_whole_or_not_at_all(harness: &dyn Harness) {
    let store = harness.store();
    for polls in 0..=POLLS {
        let names = ["a", "b"].map(|name| stream(&format!("{name}-{polls}")));
        let new = [events(2), events(2)];
        let append_of = |index: usize| Append::new(names[index].clone(), ExpectedVersion::NoStream, new[index].clone());
        let set = |is_idempotent| {
            let appends = [0, 1].map(|index| append_of(index).unwrap());
            AppendSet::new(
                appends
                    .map(|append| {
                        if is_idempotent {
                            append.with_idempotence(Idempotence::ByIds)
                        } else {
                            append
                        }
                    })
                    .into(),
            )
        };
        dropped_after(polls, store.append_set(set(false).unwrap())).await;
        let seen = ids_in(&*store, StreamSelector::All).await;
        let stored = new.each_ref().map(|new| seen.contains(&new[0].id));
        assert!(
            stored[0] == stored[1],
            "dropped after {polls} polls, only some of the set is stored: {stored:?}"
        );
        store.append_set(set(true).unwrap()).await.unwrap();
        for (name, new) in names.iter().zip(&new) {
            let stored = ids_in(&*store, name.clone()).await;
            assert_eq!(stored, new_ids_of(new), "{name}, dropped after {polls} polls");
        }
    }
}
