use eventstore_core::backend::PageRequest;
use eventstore_core::{Append, AppendSet, Direction, Error, EventNumber, ExpectedVersion, StreamQuery};
use futures_util::future::{join, join_all};

use crate::conformance::dropping::dropped_after;
use crate::conformance::sample::{append, events, ids_in, read_whole, stream, stream_of};
use crate::conformance::wait::soon;
use crate::conformance::{Harness, expect_error};

/// Whatever is called once the store has been closed is refused as such, and changes nothing; another node goes on.
pub async fn refuses_calls_once_it_is_closed(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let target = stream_of(&*store, "s", 3).await;
    // The second time is harmless.
    for _ in 0..2 {
        soon("the end of the store", harness.close_store()).await;
        let late = append(&*store, &target, ExpectedVersion::Any, events(1)).await;
        assert!(
            matches!(&late, Err(error) if !error.is_retryable()),
            "expected a refusal for good, not {late:?}"
        );
        expect_error!(late, Error::StoreClosed);
        let set = AppendSet::new(vec![
            Append::new(target.clone(), ExpectedVersion::Any, events(1)).unwrap(),
        ]);
        expect_error!(store.append_set(set.unwrap()).await, Error::StoreClosed);
        let page = PageRequest::new(target.clone(), Direction::Forward, EventNumber::FIRST, 10);
        expect_error!(store.read_page(page).await, Error::StoreClosed);
        expect_error!(store.stream_info(&target.clone().into()).await, Error::StoreClosed);
        expect_error!(store.list_streams(StreamQuery::default()).await, Error::StoreClosed);
        let at = "2001-01-01T00:00:00Z".parse().unwrap();
        expect_error!(store.number_at(&target.clone().into(), at).await, Error::StoreClosed);
    }
    assert_eq!(read_whole(&*other, target.clone()).await.len(), 3);
    append(&*other, &target, ExpectedVersion::Any, events(1)).await.unwrap();
}

/// Appends that were called before the store is closed are carried out, sets as well.
pub async fn carries_out_what_was_called_before_it_is_closed(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let (target, in_set) = (stream("s"), stream("set"));
    let append_to = |target| Append::new(target, ExpectedVersion::Any, events(2)).unwrap();
    let mut appends: Vec<_> = (0..8).map(|_| store.append(append_to(target.clone()))).collect();
    let mut set = store.append_set(AppendSet::new(vec![append_to(in_set.clone())]).unwrap());
    let mut early = Vec::new();
    for call in &mut appends {
        early.push(dropped_after(1, call).await);
    }
    let early_set = dropped_after(1, &mut set).await;
    let is_late = |(call, early)| if early { None } else { Some(call) };
    let called = early.iter().map(Option::is_some);
    let late = join_all(appends.into_iter().zip(called).filter_map(is_late));
    let late_set = async {
        match early_set {
            Some(receipts) => receipts,
            None => set.await,
        }
    };
    let closed = soon("the end of the store", harness.close_store());
    let ((), (late, of_set)) = join(closed, join(late, late_set)).await;
    for receipt in early.into_iter().flatten().chain(late) {
        assert!(receipt.is_ok(), "an append that was called before: {receipt:?}");
    }
    assert!(of_set.is_ok(), "a set that was called before: {of_set:?}");
    assert_eq!(ids_in(&*other, target).await.len(), 16);
    assert_eq!(ids_in(&*other, in_set).await.len(), 2);
}
