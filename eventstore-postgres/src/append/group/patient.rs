use eventstore_committer::{AppendOutcome, CommittedGroup};
use eventstore_core::backend::AppendGroup;
use eventstore_core::{Append, AppendReceipt, Error, Result};
use tokio::time::{Instant, sleep};

use super::GroupWriter;
use crate::connection::Attempts;
use crate::error::is_lock_timeout;

impl GroupWriter {
    /// Carries out the appends that have to wait for another transaction's lock, one after the other.
    pub(super) async fn commit_patiently(&self, group: AppendGroup) -> CommittedGroup {
        let mut settled = Vec::new();
        for queued in group.into_appends() {
            let answer = self.append_patiently(queued.append()).await;
            settled.push((queued, AppendOutcome::Answered(answer)));
        }
        CommittedGroup::settled(settled)
    }

    async fn append_patiently(&self, append: &Append) -> Result<AppendReceipt> {
        let end = Instant::now() + self.waits.patience;
        let mut attempts = Attempts::new(true);
        loop {
            match self.try_append(append).await {
                Err(error) if is_lock_timeout(&error) && Instant::now() >= end => return Err(still_locked(error)),
                Err(error) if is_lock_timeout(&error) => sleep(self.waits.pause).await,
                attempt => {
                    if let Some(receipt) = attempts.judge(attempt).await? {
                        return Ok(receipt);
                    }
                }
            }
        }
    }

    async fn try_append(&self, append: &Append) -> Result<Option<AppendReceipt>> {
        let mut session = self.sessions.session_while_closing().await?;
        session.append_within(append, &self.waits.patient).await
    }
}

fn still_locked(error: Error) -> Error {
    Error::TimedOut {
        setting: "statement_timeout",
        message: "another transaction holds the stream".to_owned(),
        source: Some(Box::new(error)),
    }
}
