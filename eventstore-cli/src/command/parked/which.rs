use clap::Args;
use eventstore_core::backend::{NumberedEvent, PageRequest};
use eventstore_core::{
    Direction, EventId, EventNumber, EventStore, ParkedEvent, StreamSelector, SubscriptionId, SubscriptionKey,
    SubscriptionName,
};

use crate::failure::Failure;

/// How many parked events are listed at once.
const PAGE: u32 = 1_000;

/// Which parked events.
#[derive(Args)]
pub(super) struct Which {
    /// The name of the subscription
    name: SubscriptionName,
    /// The name of the stream that it subscribes to, or '$all'
    #[arg(long, value_name = "S", default_value = StreamSelector::ALL)]
    stream: StreamSelector,
    /// At most this many parked events, the first ones
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Only the event with this id
    #[arg(long, value_name = "UUID")]
    id: Option<EventId>,
}

/// Parked events of a subscription.
pub(super) struct Selected {
    selector: StreamSelector,
    pub(super) id: SubscriptionId,
    pub(super) events: Vec<ParkedEvent>,
}

impl Which {
    /// Finds them, in their order.
    pub(super) async fn select(self, store: &impl EventStore) -> Result<Selected, Failure> {
        let key = SubscriptionKey {
            selector: self.stream,
            name: self.name,
        };
        let id = store.subscription_info(&key).await?.record.id;
        let limit = self.limit.unwrap_or(usize::MAX);
        let (mut events, mut after) = (Vec::new(), EventNumber::ZERO);
        while events.len() < limit {
            let page = store.list_parked(id, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.number;
            let wanted = page
                .into_iter()
                .filter(|event| self.id.is_none_or(|id| event.event_id == id));
            events.extend(wanted.take(limit - events.len()));
        }
        match self.id {
            Some(id) if events.is_empty() => Err(Failure::NotParked(id)),
            _ => Ok(Selected {
                selector: key.selector,
                id,
                events,
            }),
        }
    }
}

impl Selected {
    /// The event as it is stored; `None` if it was deleted for good since it was listed.
    pub(super) async fn find(
        &self,
        store: &impl EventStore,
        parked: &ParkedEvent,
    ) -> Result<Option<NumberedEvent>, Failure> {
        let request = PageRequest::new(self.selector.clone(), Direction::Forward, parked.number, 1);
        let found = store.read_page(request).await?.events.into_iter().next();
        Ok(found.filter(|found| found.event_id == parked.event_id))
    }
}
