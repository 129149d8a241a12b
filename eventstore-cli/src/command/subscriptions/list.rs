use eventstore_core::{Backend, StreamSelector, SubscriptionAdmin, SubscriptionInfo};

use super::head;
use crate::failure::Failure;
use crate::output::{Output, SubscriptionRow};
use crate::{Connector, Purpose};

/// Prints how far the subscriptions are, those to one stream or all.
pub(super) async fn run<C: Connector>(
    stream: Option<StreamSelector>,
    connector: &C,
    mut output: Output,
) -> Result<(), Failure> {
    let store = connector.connect(Purpose::Calls).await?;
    let mut rows = Vec::new();
    for subscription in store.list_subscriptions().await? {
        if stream
            .as_ref()
            .is_none_or(|stream| *stream == subscription.key.selector)
        {
            rows.push(row(&store, &subscription).await?);
        }
    }
    output.rows(rows)?;
    output.flush()
}

async fn row(store: &impl Backend, subscription: &SubscriptionInfo) -> Result<SubscriptionRow, Failure> {
    let head = head(store, &subscription.key.selector).await?;
    Ok(SubscriptionRow::new(subscription, head))
}
