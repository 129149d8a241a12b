use eventstore_core::{
    AppendReceipt, Error, ExpectedVersion, NewEvent, RecordedEvent, Result, StreamName, StreamSelector, StreamVersion,
};

use super::Backend;
use super::sample::{append, grow, read_whole, stream};

/// Tries an append that has to be refused, sees that it left nothing, and gives its error back.
pub(super) async fn refused(
    store: &dyn Backend,
    target: &StreamName,
    expected: ExpectedVersion,
    events: Vec<NewEvent>,
) -> Result<AppendReceipt> {
    let before = Contents::of(store, target).await;
    let outcome = append(store, target, expected, events).await;
    assert!(outcome.is_err(), "the append was to be refused: {outcome:?}");
    assert_eq!(
        Contents::of(store, target).await,
        before,
        "a refused append left something"
    );

    let next = grow(store, &stream("after-a-refusal"), 1).await;
    assert_eq!(
        next.first_position,
        before.all_version.next().into(),
        "a refused append took a position"
    );
    outcome
}

/// All that can be seen of a store and of one of its streams.
#[derive(Debug, PartialEq)]
struct Contents {
    all_version: StreamVersion,
    all: Vec<RecordedEvent>,
    stream: Option<(StreamVersion, Vec<RecordedEvent>)>,
}

impl Contents {
    async fn of(store: &dyn Backend, target: &StreamName) -> Self {
        Self {
            all_version: store.stream_info(&StreamSelector::All).await.unwrap().version,
            all: read_whole(store, StreamSelector::All).await,
            stream: Self::of_stream(store, target).await,
        }
    }

    async fn of_stream(store: &dyn Backend, target: &StreamName) -> Option<(StreamVersion, Vec<RecordedEvent>)> {
        match store.stream_info(&target.clone().into()).await {
            Ok(info) => Some((info.version, read_whole(store, target.clone()).await)),
            Err(Error::StreamNotFound { .. }) => None,
            Err(error) => panic!("the stream could not be looked up: {error}"),
        }
    }
}
