use clap::Args;
use eventstore_core::{EventType, Snapshot, SnapshotOutcome, SnapshotPolicy, SnapshotStore, StreamName, StreamVersion};
use serde_json::value::RawValue;

use crate::failure::Failure;
use crate::json::json;
use crate::output::Output;
use crate::{Connector, Purpose};

/// Which snapshot to record.
#[derive(Args)]
pub(crate) struct Put {
    /// What the snapshot is of: the name of a stream, or any other text
    id: StreamName,
    /// The version up to which events were folded
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    version: StreamVersion,
    /// The type of the snapshot
    #[arg(long = "type", value_name = "T")]
    snapshot_type: EventType,
    /// The state as JSON
    #[arg(long, value_name = "JSON", value_parser = json, allow_negative_numbers = true)]
    data: Box<RawValue>,
    /// What else is known about the snapshot, as JSON
    #[arg(long, value_name = "JSON", value_parser = json, allow_negative_numbers = true)]
    metadata: Option<Box<RawValue>>,
    /// Replaces also a snapshot of a later version
    #[arg(long)]
    force: bool,
}

impl Put {
    /// Records the snapshot.
    pub(super) async fn run<C: Connector>(self, connector: &C, output: &Output) -> Result<(), Failure> {
        let policy = if self.force {
            SnapshotPolicy::Replace
        } else {
            SnapshotPolicy::KeepNewest
        };
        let store = connector.connect(Purpose::Calls).await?;
        match store.record_snapshot(self.snapshot(), policy).await? {
            SnapshotOutcome::Recorded => {
                output.note("the snapshot was recorded");
                Ok(())
            }
            SnapshotOutcome::Superseded(version) => Err(Failure::LaterSnapshot(version)),
        }
    }

    fn snapshot(self) -> Snapshot {
        let bytes = |json: Box<RawValue>| json.get().to_owned().into();
        Snapshot {
            source: self.id,
            version: self.version,
            snapshot_type: self.snapshot_type,
            data: bytes(self.data),
            metadata: self.metadata.filter(|json| json.get() != "null").map(bytes),
        }
    }
}
