use std::sync::Arc;

use async_trait::async_trait;

use crate::conformance::Backend;

/// A storage that several processes use, initially empty.
#[async_trait]
pub trait GroupSite: Send + Sync {
    /// Where another process finds it.
    fn place(&self) -> String;

    /// Returns the view that the process of the test has of it.
    fn store(&self) -> Arc<dyn Backend>;

    /// Returns whether a process that has just been stopped leaves others free to write.
    async fn can_write(&self) -> bool {
        true
    }
}
