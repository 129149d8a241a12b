use eventstore_core::{Append, AppendReceipt, AppendSet, Error, Result};

use crate::changes::{Plan, find_stored, write};
use crate::connection::Database;
use crate::error::{failed, is_duplicate};
use crate::values::now;

impl Database {
    /// Makes all appends of the set, or none.
    pub(crate) async fn append_set(&self, set: &AppendSet) -> Result<Vec<AppendReceipt>> {
        let mut transaction = self.begin().await?;
        let appends = set.appends();
        let streams = appends.iter().map(Append::stream);
        let stored = find_stored(&mut transaction, appends.iter()).await?;
        let mut plan = Plan::about(&mut transaction, streams, now()?)
            .await?
            .with_stored(stored);
        let receipts: Vec<_> = appends
            .iter()
            .map(|append| plan.append(append))
            .collect::<Result<_>>()?;
        write(&mut transaction, &plan).await.map_err(|error| {
            if is_duplicate(&error) {
                Error::corrupt(error)
            } else {
                failed(error)
            }
        })?;
        transaction.commit().await?;
        Ok(receipts)
    }
}
