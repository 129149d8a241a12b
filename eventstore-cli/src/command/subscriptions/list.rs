use eventstore_core::{StreamSelector, SubscriptionAdmin};

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
            rows.push(SubscriptionRow::new(&subscription));
        }
    }
    output.rows(rows)?;
    output.flush()
}
