use eventstore_core::{Error, EventNumber, Result, StreamSelector};

/// What each statement of this room tells about the stream that it reads: `head` and `is_deleted`.
pub(super) type HeadColumns = (Option<i64>, bool);

/// The number of the last event, unless the stream does not exist or is deleted.
pub(super) fn head(selector: &StreamSelector, columns: HeadColumns) -> Result<EventNumber> {
    match (columns, selector) {
        ((None, _), _) => Err(selector.not_found()),
        ((Some(_), true), StreamSelector::Stream(stream)) => Err(Error::StreamDeleted { stream: stream.clone() }),
        ((Some(head), _), _) => EventNumber::from_storage(head),
    }
}
