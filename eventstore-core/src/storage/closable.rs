use async_trait::async_trait;

/// A store that its owner closes before the process ends.
///
/// # Contract
///
/// - Once the store is closed, every call on any handle of this node is refused with [`StoreClosed`](crate::Error::StoreClosed), and
///   changes nothing. Other nodes continue.
/// - Appends that were called before the close are carried out.
/// - Every listener is told that the notifier has been shut down, including listeners that begin later.
/// - No further lease is given. The leases that are held end in good order: until a lease is given back, the checkpoint of its subscription
///   is still stored. After that, storing the checkpoint is refused as well.
#[async_trait]
pub trait Closable: Send + Sync {
    /// Closes the store, and waits until the appends that were called are carried out; closing it again changes nothing.
    ///
    /// The store is closed from the first poll of this future on, even if the future is then dropped.
    async fn close(&self);
}
