use std::ops::Bound;

use eventstore_core::{RecordedSnapshot, Result, Snapshot, SnapshotOutcome, SnapshotPolicy, StreamName, Timestamp};

use super::state::State;

impl State {
    pub(super) fn list_snapshots(&self, after: Option<&StreamName>, limit: u32) -> Vec<RecordedSnapshot> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let listed = self.snapshots.range::<StreamName, _>((start, Bound::Unbounded));
        listed.take(limit).map(|(_, recorded)| recorded.clone()).collect()
    }

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
