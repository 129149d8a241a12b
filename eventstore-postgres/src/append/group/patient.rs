use eventstore_core::backend::AppendGroup;
use eventstore_core::{Append, AppendReceipt, Error, Result};
use tokio::time::{Instant, sleep};

use super::{AppendOutcome, Committed, LockWaits};
use crate::PostgresStore;
use crate::connection::Attempts;
use crate::error::is_lock_timeout;

/// Carries out the appends that have to wait for another transaction's lock, one after the other.
pub(super) async fn commit_patiently(store: &PostgresStore, group: AppendGroup) -> Committed {
    let mut settled = Vec::new();
    for queued in group.into_appends() {
        let answer = append_patiently(store, queued.append()).await;
        settled.push((queued, AppendOutcome::Answered(answer)));
    }
    Committed::settled(settled)
}

async fn append_patiently(store: &PostgresStore, append: &Append) -> Result<AppendReceipt> {
    let waits = &store.inner.lock_waits;
    let end = Instant::now() + waits.patience;
    let mut attempts = Attempts::new(true);
    loop {
        match try_append(store, append, waits).await {
            Err(error) if is_lock_timeout(&error) && Instant::now() >= end => return Err(still_locked(error)),
            Err(error) if is_lock_timeout(&error) => sleep(waits.pause).await,
            attempt => {
                if let Some(receipt) = attempts.judge(attempt).await? {
                    return Ok(receipt);
                }
            }
        }
    }
}

async fn try_append(store: &PostgresStore, append: &Append, waits: &LockWaits) -> Result<Option<AppendReceipt>> {
    store
        .session_while_closing()
        .await?
        .append_within(append, &waits.patient)
        .await
}

fn still_locked(error: Error) -> Error {
    Error::TimedOut {
        setting: "statement_timeout",
        message: "another transaction holds the stream".to_owned(),
        source: Some(Box::new(error)),
    }
}
