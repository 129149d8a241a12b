use std::sync::Arc;

use eventstore_core::backend::{Membership, SubscriptionBackend};
use eventstore_core::{EventNumber, GroupSettings, GroupStore, MemberId, Result, StatusText, SubscriptionKey};
use tokio::sync::OnceCell;

use crate::StartFrom;
use crate::driver::resolve_start;

/// How a member enters its group.
pub(super) struct Entrance {
    pub(super) store: Arc<dyn GroupStore>,
    pub(super) backend: Arc<dyn SubscriptionBackend>,
    pub(super) key: SubscriptionKey,
    pub(super) settings: GroupSettings,
    /// The name of the member.
    pub(super) name: StatusText,
    pub(super) start_from: StartFrom,
    /// Resolved once, so that a later attempt does not begin further on than the first.
    pub(super) start_after: OnceCell<EventNumber>,
}

impl Entrance {
    /// `None` while a single holder runs the subscription.
    pub(super) async fn enter(&self, member: MemberId) -> Result<Option<Membership>> {
        let resolve = || resolve_start(&*self.backend, &self.key.selector, self.start_from);
        let start_after = *self.start_after.get_or_try_init(resolve).await?;
        self.store
            .enter_group(&self.key, &self.settings, start_after, member, &self.name)
            .await
    }
}
