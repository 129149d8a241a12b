use async_trait::async_trait;

use crate::{Append, AppendReceipt, AppendSet, Result};

/// Appends events to streams.
///
/// # Contract
///
/// - An append is all or nothing, and durable once it is acknowledged.
/// - The versions of a stream are 1 to n without a gap. Of several writers that expect the same version, one wins.
/// - Positions in `$all` are assigned in commit order without a gap: a reader that has seen position n never misses one below n.
/// - A refused append leaves nothing behind: no event, no stream, no incremented version.
/// - Payloads are read back byte for byte or, from a backend that keeps JSON, as the same value. Such a backend refuses a payload that is
///   not JSON, or that contains the character U+0000.
/// - Every node sees an acknowledged append at once.
/// - An event id is stored at most once in the whole store.
/// - If several refusals apply, the first of these is reported: the stream is deleted, the expected-version check fails, an event id is a
///   duplicate. For an idempotent append, a stored event comes before the expected-version check.
/// - Contending appends are refused only by their expected versions; contention alone fails none of them.
/// - An event has the time of its append, or else its own time, or else the current time. A stream that is created has the time of the
///   append, or else the current time.
/// - A refusal is reported only for a state of the stream that was seen after every append that the refused append waited for.
/// - A caller that drops the future of an append does not know its outcome: the append is carried out as a whole, even after the drop, or
///   not at all. Other appends continue. Repeating it as an idempotent append settles the outcome.
/// - An idempotent append whose events are stored in this stream, in this order and next to each other there and in `$all`, returns their
///   receipt and writes
///   nothing, even while its first attempt is still running. Events are the same if they have the same ids. If the append compares
///   contents, they must also have the same types and data.
#[async_trait]
pub trait EventWriter: Send + Sync {
    /// Appends the events, and returns their versions and positions.
    ///
    /// # Errors
    ///
    /// - [`WrongExpectedVersion`](crate::Error::WrongExpectedVersion), [`StreamAlreadyExists`](crate::Error::StreamAlreadyExists),
    ///   [`StreamNotFound`](crate::Error::StreamNotFound), [`StreamDeleted`](crate::Error::StreamDeleted): the stream fails the
    ///   expected-version check
    /// - [`DuplicateEvent`](crate::Error::DuplicateEvent): an id is already stored; for an idempotent append, only some of its ids are
    ///   stored, or the events are not stored as they are arranged in the append
    /// - [`DifferentContent`](crate::Error::DifferentContent): the append compares contents, and its events are stored as they are arranged
    ///   in it, but one of them has another type or other data
    /// - [`OutcomeUnknown`](crate::Error::OutcomeUnknown): the storage did not confirm the change
    /// - [`InvalidInput`](crate::Error::InvalidInput): something that the backend cannot store, such as `data` or `metadata` that is not
    ///   JSON
    /// - [`Aborted`](crate::Error::Aborted): the storage aborted the append in favor of a concurrent call
    /// - the errors that every call may have: [`Unavailable`](crate::Error::Unavailable), [`TimedOut`](crate::Error::TimedOut),
    ///   [`AccessDenied`](crate::Error::AccessDenied), [`StoreClosed`](crate::Error::StoreClosed) and [`Storage`](crate::Error::Storage)
    ///
    /// Every error except `OutcomeUnknown` promises that nothing was changed.
    async fn append(&self, append: Append) -> Result<AppendReceipt>;

    /// Appends to several streams, all or nothing; the receipts are in the order of the set.
    ///
    /// If the future is dropped, all appends of the set are made, or none. Repeating it with idempotent appends settles the outcome.
    ///
    /// # Errors
    ///
    /// As for [`append`](Self::append), about the first append of the set that is refused.
    async fn append_set(&self, set: AppendSet) -> Result<Vec<AppendReceipt>>;
}
