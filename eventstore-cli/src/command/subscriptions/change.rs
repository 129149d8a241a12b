use eventstore_core::{EventNumber, HolderPolicy, SubscriptionAdmin, SubscriptionKey};

use crate::failure::Failure;
use crate::output::Output;
use crate::{Connector, Purpose};

/// A change of one subscription.
pub(super) struct Change {
    pub(super) key: SubscriptionKey,
    /// The checkpoint that it is to have; `None` deletes it.
    pub(super) checkpoint: Option<EventNumber>,
    pub(super) is_forced: bool,
}

impl Change {
    pub(super) async fn run<C: Connector>(self, connector: &C, output: &Output) -> Result<(), Failure> {
        let store = connector.connect(Purpose::Calls).await?;
        store.subscription_info(&self.key).await?;
        let policy = if self.is_forced {
            HolderPolicy::Override
        } else {
            HolderPolicy::Respect
        };
        match self.checkpoint {
            None => {
                store.delete_subscription(&self.key, policy).await?;
                output.note("the subscription was deleted");
            }
            Some(checkpoint) => {
                store.set_checkpoint(&self.key, checkpoint, policy).await?;
                output.note(&format!("the subscription goes on after event {checkpoint}"));
            }
        }
        Ok(())
    }
}
