use eventstore_core::Result;
use eventstore_core::backend::PageRequest;

use crate::group::PartitionReader;
use crate::tail_cache::{TailRead, TailReader};

/// Where a subscription reads its events.
pub(crate) enum EventSource {
    /// In the log, through what other subscriptions of the process have just read.
    Log(TailReader),
    /// In what was read for one partition of a group.
    Partition(PartitionReader),
}

impl EventSource {
    pub(crate) async fn read(&self, request: PageRequest) -> Result<TailRead> {
        match self {
            Self::Log(reader) => reader.read(request).await,
            Self::Partition(reader) => reader.read(&request).map(TailRead::Page),
        }
    }

    /// From now on, nothing that was read before is given.
    pub(crate) fn begin_again(&self) {
        match self {
            Self::Log(reader) => reader.begin_again(),
            // A partition is read for after its lease was given.
            Self::Partition(_) => {}
        }
    }
}
