use std::sync::Arc;

use super::node::Node;

/// Keeps a node of a [`MemoryStore`](super::MemoryStore) from being notified of events, for as long as this value lives.
#[derive(Debug)]
#[must_use = "the notifications go on when it is dropped"]
pub struct PausedNotifications(Arc<Node>);

impl PausedNotifications {
    pub(super) fn of(node: Arc<Node>) -> Self {
        node.pause();
        Self(node)
    }
}

impl Drop for PausedNotifications {
    fn drop(&mut self) {
        self.0.resume();
    }
}
