use std::fmt::Debug;

use eventstore_core::{AppendReceipt, ExpectedVersion, NewEvent, Result, StreamName, StreamSelector};

use super::Backend;
use super::contents::Contents;
use super::sample::{append, grow, stream, version_of};

/// Tries an append that has to be refused, sees that it left nothing, and gives its error back.
pub(super) async fn refused(
    store: &dyn Backend,
    target: &StreamName,
    expected: ExpectedVersion,
    events: Vec<NewEvent>,
) -> Result<AppendReceipt> {
    let outcome = leaves_all_as_it_is(store, append(store, target, expected, events)).await;
    assert!(outcome.is_err(), "the append was to be refused: {outcome:?}");
    outcome
}

/// Awaits a call after which everything, the next position included, has to be as it was before.
pub(super) async fn leaves_all_as_it_is<T: Debug>(
    store: &dyn Backend,
    call: impl Future<Output = Result<T>>,
) -> Result<T> {
    let before = Contents::of(store).await;
    let outcome = call.await;
    assert_eq!(
        Contents::of(store).await,
        before,
        "the call left something: {outcome:?}"
    );

    let end = version_of(store, StreamSelector::All).await;
    let next = grow(store, &stream("after-a-refusal"), 1).await;
    assert_eq!(next.first_position, end.next().into(), "the call took a position");
    outcome
}
