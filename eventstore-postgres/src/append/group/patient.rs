use eventstore_backend::{AppendOutcome, CommittedGroup};
use eventstore_core::backend::AppendGroup;
use eventstore_core::{Append, AppendReceipt, Error, Result};
use tokio::time::{Instant, sleep};

use super::LockWaits;
use crate::connection::{Attempts, PooledSessions};
use crate::error::is_lock_timeout;

/// Carries out the appends that have to wait for another transaction's lock, one after the other.
pub(super) async fn commit_patiently(
    sessions: &PooledSessions,
    waits: &LockWaits,
    group: AppendGroup,
) -> CommittedGroup {
    let mut settled = Vec::new();
    for queued in group.into_appends() {
        let answer = append_patiently(sessions, waits, queued.append()).await;
        settled.push((queued, AppendOutcome::Answered(answer)));
    }
    CommittedGroup::settled(settled)
}

async fn append_patiently(sessions: &PooledSessions, waits: &LockWaits, append: &Append) -> Result<AppendReceipt> {
    let end = Instant::now() + waits.patience;
    let mut attempts = Attempts::new(true);
    loop {
        match try_append(sessions, waits, append).await {
            Err(error) if is_lock_timeout(&error) && Instant::now() >= end => return Err(still_locked(error)),
            // Waiting for a lock is bounded by time alone and uses up no attempts: the holder of the lock may take long
            // without any conflict.
            Err(error) if is_lock_timeout(&error) => sleep(waits.pause).await,
            attempt => {
                if let Some(receipt) = attempts.judge(attempt).await? {
                    return Ok(receipt);
                }
            }
        }
    }
}

async fn try_append(sessions: &PooledSessions, waits: &LockWaits, append: &Append) -> Result<Option<AppendReceipt>> {
    let mut session = sessions.session_while_closing().await?;
    session.append_within(append, &waits.patient).await
}

fn still_locked(error: Error) -> Error {
    Error::TimedOut {
        setting: "statement_timeout",
        message: "another transaction holds the stream".to_owned(),
        source: Some(Box::new(error)),
    }
}
