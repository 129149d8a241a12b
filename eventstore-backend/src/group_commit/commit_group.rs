use std::time::{Duration, Instant};

use eventstore_core::backend::{AppendGroup, QueuedAppend};
use eventstore_core::{Append, AppendReceipt, Error, Result};

use crate::group_commit::Admission;

/// Carries out groups of appends, each in one transaction.
///
/// # Contract
///
/// - Every append of the group is in the outcome exactly once. The committer answers one that is missing with
///   [`Error::OutcomeUnknown`](eventstore_core::Error::OutcomeUnknown).
/// - An append with a receipt is stored, and no other append of the group is, unless its outcome is unknown.
/// - A [prompt](eventstore_core::backend::Patience::Prompt) group does not wait long for the locks of others; an append that would have to
///   is retried [alone](AppendOutcome::Alone).
pub trait CommitGroup: Send + Sync + 'static {
    /// Carries out the appends of this group in one transaction. A prompt group is sent to the storage only once it is admitted.
    fn commit(&self, group: AppendGroup, admission: &Admission) -> impl Future<Output = CommittedGroup> + Send;

    /// Whether [`commit`](Self::commit) called from this thread would do its work in it, and never wait for another task; by default not.
    ///
    /// The committer then lets the caller that begins a group commit it, if it is on the committer's runtime, instead of a task of the
    /// group's own: changing threads would take longer than to commit.
    fn commits_in_place(&self) -> bool {
        false
    }

    /// Tells that this append was made, in a group that began at this time. Appends are told in the order of their positions.
    fn committed(&self, append: &Append, receipt: &AppendReceipt, began_at: Instant) {
        let _ = (append, receipt, began_at);
    }

    /// Returns how long to pause before an append is attempted again that was attempted this many times; by default not at all.
    fn pause_after(&self, attempts: u32) -> Duration {
        let _ = attempts;
        Duration::ZERO
    }

    /// Returns the answer to an append that is not attempted again after this many attempts; by default every append is.
    fn give_up_after(&self, attempts: u32) -> Option<Error> {
        let _ = attempts;
        None
    }
}

/// The outcome of one append of a group.
#[derive(Debug)]
pub enum AppendOutcome {
    /// The caller is answered.
    Answered(Result<AppendReceipt>),
    /// The append is retried in another group.
    Again,
    /// The append is retried alone, and may wait for the lock of its stream.
    Alone,
}

/// The outcome of a group.
#[derive(Debug, Default)]
pub struct CommittedGroup {
    /// The appends with an outcome.
    pub settled: Vec<(QueuedAppend, AppendOutcome)>,
    /// The appends that were rolled back because of some of the others: they are retried in these parts, each without the rest.
    pub parts: Vec<Vec<QueuedAppend>>,
}

impl CommittedGroup {
    /// Creates the outcome of a group in which every append has an outcome of its own.
    pub fn settled(settled: Vec<(QueuedAppend, AppendOutcome)>) -> Self {
        Self {
            settled,
            parts: Vec::new(),
        }
    }

    /// Creates the outcome of a group that was rolled back, and is retried in these parts.
    pub fn undone(parts: Vec<Vec<QueuedAppend>>) -> Self {
        Self {
            settled: Vec::new(),
            parts,
        }
    }

    /// Creates the outcome of a group by asking for the outcome of each append.
    pub fn with(group: AppendGroup, mut outcome_of: impl FnMut(&QueuedAppend) -> AppendOutcome) -> Self {
        let appends = group.into_appends().into_iter();
        let settled = appends.map(|queued| {
            let outcome = outcome_of(&queued);
            (queued, outcome)
        });
        Self::settled(settled.collect())
    }

    /// The appends that were made, with their receipts, in the order of their positions.
    pub(crate) fn appended(&self) -> Vec<(&Append, &AppendReceipt)> {
        let settled = self.settled.iter();
        let mut appended: Vec<_> = settled
            .filter_map(|(queued, outcome)| match outcome {
                AppendOutcome::Answered(Ok(receipt)) => Some((queued.append(), receipt)),
                _ => None,
            })
            .collect();
        // The outcomes are in the order of streams, and listeners need the order of positions to join events without a
        // gap.
        appended.sort_unstable_by_key(|(_, receipt)| receipt.first_position);
        appended
    }
}
