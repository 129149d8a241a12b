use std::sync::{Arc, Weak};

use eventstore_core::backend::LeaseLoss;
use tokio::sync::watch;

use super::node::Node;

/// A held lease: its holder, and whether it has been lost.
#[derive(Debug)]
pub(super) struct LeaseMark {
    holder: Weak<Node>,
    lost: watch::Sender<Option<LeaseLoss>>,
}

impl LeaseMark {
    pub(super) fn new(holder: &Arc<Node>) -> Self {
        Self {
            holder: Arc::downgrade(holder),
            lost: watch::Sender::new(None),
        }
    }

    pub(super) fn is_held_by(&self, node: &Arc<Node>) -> bool {
        self.holder.ptr_eq(&Arc::downgrade(node))
    }

    pub(super) fn revoke(&self, loss: LeaseLoss) {
        self.lost.send_replace(Some(loss));
    }
    pub(super) async fn until_lost(&self) -> LeaseLoss {
        let mut lost = self.lost.subscribe();
        let lost = lost.wait_for(Option::is_some).await;
        // The sender lives as long as the mark, so that the wait cannot fail.
        lost.ok().and_then(|lost| *lost).unwrap_or(LeaseLoss::InDoubt)
    }
}
