use async_trait::async_trait;

use crate::{Append, AppendReceipt, AppendSet, Result};

/// Puts events into streams.
///
/// # Contract
///
/// - An append is all or nothing, and durable once it is acknowledged.
/// - The versions of a stream are 1 to n without a gap; of several writers that expect the same version one wins.
/// - Positions in `$all` are given in commit order without a gap: who has seen position n never misses one below n.
/// - A refused append leaves nothing: no event, no stream, no bumped version.
/// - Payloads are read back byte for byte, or, by a backend that keeps JSON, as the same value; such a backend refuses what
///   is no JSON, and the character U+0000 in it.
/// - An acknowledged append is seen at once by every node.
/// - An event id stands once in the whole store.
/// - Refusals are told in this order: the stream is deleted, the expectation, a duplicate. Of an idempotent append a stored event
///   comes before the expectation.
/// - Appends that meet each other are refused only by what they expect; contention alone fails none.
/// - An event has the time of its append, else its own, else now; a stream that is created that of the append, else now.
/// - A refusal is reported only for a state of the stream that was seen after every append that it waited for.
/// - Whoever drops the future of an append does not know its outcome: it is carried out as a whole, also after that, or not at
///   all, and other appends go on. Called again as an idempotent one, it makes sure.
/// - An idempotent append whose events are stored, in this order and next to each other, in this stream, answers with
///   their receipt and writes nothing, also while its first attempt is still running. They are the same events if they have
///   the same ids; if the append compares contents, also the same types and data.
#[async_trait]
pub trait EventWriter: Send + Sync {
    /// Appends the events and tells where they stand.
    ///
    /// # Errors
    ///
    /// - [`WrongExpectedVersion`](crate::Error::WrongExpectedVersion), [`StreamAlreadyExists`](crate::Error::StreamAlreadyExists),
    ///   [`StreamNotFound`](crate::Error::StreamNotFound), [`StreamDeleted`](crate::Error::StreamDeleted): the stream
    ///   does not meet the expectation
    /// - [`DuplicateEvent`](crate::Error::DuplicateEvent): an id is already stored; of an idempotent append, not all
    ///   of them, or not as they stand in it
    /// - [`DifferentContent`](crate::Error::DifferentContent): the events are stored as they are in the append, but one of
    ///   them has another type or other data, of an append that compares contents
    /// - [`OutcomeUnknown`](crate::Error::OutcomeUnknown): the storage did not confirm the change
    /// - [`InvalidInput`](crate::Error::InvalidInput): something that the backend cannot store, such as `data` or `metadata`
    ///   that is no JSON
    /// - [`Unavailable`](crate::Error::Unavailable),
    ///   [`Aborted`](crate::Error::Aborted) and failures of the storage
    ///
    /// Every error but `OutcomeUnknown` promises that nothing was changed.
    async fn append(&self, append: Append) -> Result<AppendReceipt>;

    /// Appends to several streams, all or nothing; the receipts stand in the order of the set.
    ///
    /// # Errors
    ///
    /// As of [`append`](Self::append), about the first append of the set that is refused.
    async fn append_set(&self, set: AppendSet) -> Result<Vec<AppendReceipt>>;
}
