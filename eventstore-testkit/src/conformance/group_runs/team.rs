use std::sync::Arc;
use std::time::Duration;

use eventstore_core::{BoxError, GroupStore, SubscriptionSettings};
use eventstore_subscriptions::{Delivery, Group, OrderingKey, Subscribe, Subscriptions};

use super::{Journal, Member};
use crate::conformance::Backend;

/// What the members of a group have in common.
#[derive(Clone)]
pub(super) struct Team {
    pub(super) group: Group,
    pub(super) request: Subscribe,
    /// Whether events can be parked.
    pub(super) parks: bool,
    pub(super) journal: Journal,
}

impl Team {
    /// Shares so many partitions, which keep the order of streams.
    pub(super) fn of(partitions: u32) -> Self {
        Self::ordered_by(partitions, OrderingKey::stream())
    }

    pub(super) fn ordered_by(partitions: u32, ordering: OrderingKey) -> Self {
        Self {
            group: Group::new(partitions).unwrap().ordered_by(ordering.clone()),
            request: request(),
            parks: false,
            journal: Journal::new(ordering),
        }
    }

    /// A member that handles all events well.
    pub(super) fn join(&self, store: &Arc<dyn Backend>, name: &'static str) -> Member {
        self.join_with(store, Arc::clone(store), name, async |_| Ok(()))
    }

    /// A member that reaches its group in this way, and does this with each event first.
    pub(super) fn join_with<F>(
        &self,
        store: &Arc<dyn Backend>,
        groups: impl GroupStore + 'static,
        name: &'static str,
        first: impl Fn(Delivery) -> F + Send + Sync + 'static,
    ) -> Member
    where
        F: Future<Output = Result<(), BoxError>> + Send,
    {
        let mut subscriptions = subscriptions(store).with_groups(groups).with_holder_name(name);
        if self.parks {
            subscriptions = subscriptions.with_parking(Arc::clone(store));
        }
        let team = self.clone();
        Member::start(async move |until| {
            let shutdown = async { drop(until.await) };
            let handle = async |event: Delivery| {
                first(event.clone()).await?;
                team.journal.handle(name, &event).await;
                Ok::<_, BoxError>(())
            };
            subscriptions
                .run_group_until(team.request.clone(), team.group.clone(), shutdown, handle)
                .await
        })
    }
}

pub(super) fn subscriptions(store: &Arc<dyn Backend>) -> Subscriptions {
    Subscriptions::new(Arc::clone(store)).with_groups(Arc::clone(store))
}

/// Quick to try again, but too slow in polling for a poll to replace a lost hint.
pub(super) fn request() -> Subscribe {
    Subscribe::to_all("g").unwrap().with_settings(SubscriptionSettings {
        retry_interval: Duration::from_millis(50),
        poll_interval: Duration::from_mins(10),
        ..SubscriptionSettings::default()
    })
}
