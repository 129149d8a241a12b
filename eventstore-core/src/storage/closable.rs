use async_trait::async_trait;

/// A store that its owner closes before the process ends.
///
/// # Contract
///
/// - Once it is closed, whatever is called on any handle of this node is refused with
///   [`StoreClosed`](crate::Error::StoreClosed), and changes nothing. Other nodes go on.
/// - Appends that were called before are carried out.
/// - Whoever listens is told that the notifier has been shut down, and so is whoever begins to listen later.
/// - No lease is given any more. What is held comes to an orderly end: until a lease is given back, the checkpoint of its
///   subscription is still stored; then that is refused as well.
#[async_trait]
pub trait Closable: Send + Sync {
    /// Closes the store, and waits until the appends that were called are carried out; closing it again changes nothing.
    ///
    /// A store is closed from the first poll on, also if the future is dropped then.
    async fn close(&self);
}
