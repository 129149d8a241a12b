use eventstore_core::{ParkedEventStore, StreamSelector, SubscriptionAdmin, SubscriptionStatusStore};

use crate::failure::Failure;
use crate::output::{Output, SubscriptionRow};
use crate::{Connector, Purpose};

/// Prints how far the subscriptions are and what their holders report, those to one stream or all.
pub(super) async fn run<C: Connector>(
    stream: Option<StreamSelector>,
    connector: &C,
    mut output: Output,
) -> Result<(), Failure> {
    let store = connector.connect(Purpose::Calls).await?;
    let statuses = store.subscription_statuses().await?;
    let mut rows = Vec::new();
    for subscription in store.list_subscriptions().await? {
        if stream
            .as_ref()
            .is_none_or(|stream| *stream == subscription.key.selector)
        {
            let id = subscription.record.id;
            let status = statuses.iter().find(|status| status.id == id);
            let parked = store.count_parked(id).await?;
            rows.push(SubscriptionRow::new(&subscription, parked, status));
        }
    }
    output.rows(rows)?;
    output.flush()
}
