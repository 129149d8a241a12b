use eventstore_core::{Append, AppendReceipt, AppendSet, Error, Result};

use crate::changes::{Plan, find_stored, write};
use crate::connection::{Database, Writer};
use crate::error::{failed, is_duplicate};
use crate::values::now;

impl Database {
    /// Makes all appends of the set, or none.
    pub(crate) async fn append_set(&self, set: AppendSet) -> Result<Vec<AppendReceipt>> {
        self.change_in_place(move |writer| append_set(writer, &set)).await
    }
}

fn append_set(writer: &mut Writer, set: &AppendSet) -> Result<Vec<AppendReceipt>> {
    let change = writer.begin()?;
    let appends = set.appends();
    let streams = appends.iter().map(Append::stream);
    let stored = find_stored(&change, appends.iter())?;
    let mut plan = Plan::about(&change, streams, now()?)?.with_stored(stored);
    let receipts = appends.iter().map(|append| plan.append(append));
    let receipts = receipts.collect::<Result<_>>()?;
    write(&change, &plan).map_err(|error| {
        if is_duplicate(&error) {
            Error::corrupt(error)
        } else {
            failed(error)
        }
    })?;
    change.commit()?;
    Ok(receipts)
}
