use eventstore_core::{StreamSelector, SubscriptionAdmin};

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
            rows.push(SubscriptionRow::new(&subscription));
        }
    }
    output.rows(rows)?;
    output.flush()
}
