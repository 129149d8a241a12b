use std::sync::Arc;
use std::time::{Duration, Instant};

use eventstore_backend::{Admission, CommitGroup, CommittedGroup};
use eventstore_core::backend::{AppendGroup, Patience};
use eventstore_core::{Append, AppendReceipt, Error};

use super::LockWaits;
use super::commit::{answer_all, commit_alone, commit_together};
use super::patient::commit_patiently;
use crate::connection::{Attempts, PooledSessions, exhausted, pause_after};
use crate::notify::Hub;

/// Carries out groups of appends, each in one transaction of the server (ADR 17).
pub(crate) struct GroupWriter {
    /// Without a limit for single calls: several callers wait for a group.
    pub(super) sessions: PooledSessions,
    pub(super) waits: LockWaits,
    pub(super) hub: Arc<Hub>,
}

impl CommitGroup for GroupWriter {
    async fn commit(&self, group: AppendGroup, admission: &Admission) -> CommittedGroup {
        self.sessions.context().label.grouped(group.appends().len());
        if group.patience() == Patience::Patient {
            return commit_patiently(&self.sessions, &self.waits, group).await;
        }
        match (self.sessions.session_while_closing().await, group.appends()) {
            (Ok(mut session), [_]) => commit_alone(&self.waits, &mut session, group, admission).await,
            (Ok(mut session), _) => commit_together(&self.waits, &mut session, group, admission).await,
            (Err(error), _) => answer_all(group, error),
        }
    }

    /// Groups are delivered to listeners in the order of their positions, so that the events join without a gap.
    fn committed(&self, append: &Append, receipt: &AppendReceipt, began_at: Instant) {
        self.hub.committed(append, receipt, began_at);
    }

    fn pause_after(&self, attempts: u32) -> Duration {
        pause_after(attempts)
    }

    fn give_up_after(&self, attempts: u32) -> Option<Error> {
        Attempts::are_exhausted_by(attempts).then(exhausted)
    }
}
