use eventstore_core::{Error, StreamDirectory, StreamSelector, SubscriptionAdmin, SubscriptionInfo};
use eventstore_postgres::PostgresStore;

use crate::arguments::GlobalOptions;
use crate::backend;
use crate::failure::Failure;
use crate::output::{Output, SubscriptionRow};

/// Prints where the subscriptions stand, those to one stream or all.
pub(super) async fn run(
    stream: Option<StreamSelector>,
    options: &GlobalOptions,
    mut output: Output,
) -> Result<(), Failure> {
    let store = backend::connect(options).await?;
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

async fn row(store: &PostgresStore, subscription: &SubscriptionInfo) -> Result<SubscriptionRow, Failure> {
    let head = match store.stream_info(&subscription.key.selector).await {
        Ok(info) => Some(info.version.get()),
        Err(Error::StreamNotFound { .. } | Error::StreamDeleted { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    Ok(SubscriptionRow::new(subscription, head))
}
