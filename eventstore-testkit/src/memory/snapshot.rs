use eventstore_core::{RecordedSnapshot, Result, Snapshot, SnapshotOutcome, SnapshotPolicy, Timestamp};

use super::state::State;

impl State {
    pub(super) fn record_snapshot(
        &mut self,
        snapshot: Snapshot,
        policy: SnapshotPolicy,
        now: Timestamp,
    ) -> Result<SnapshotOutcome> {
        let snapshot = self.payloads.in_snapshot(snapshot)?;
        let recorded = self
            .snapshots
            .get(&snapshot.source)
            .map(|recorded| recorded.snapshot.version);
        match recorded {
            Some(later) if later > snapshot.version && policy == SnapshotPolicy::KeepNewest => {
                Ok(SnapshotOutcome::Superseded(later))
            }
            _ => {
                let created_at = now;
                self.snapshots
                    .insert(snapshot.source.clone(), RecordedSnapshot { snapshot, created_at });
                Ok(SnapshotOutcome::Recorded)
            }
        }
    }
}
