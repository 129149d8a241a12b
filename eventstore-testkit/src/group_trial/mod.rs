//! Processes that run one group, and what befalls them; for the tests of the backends of this workspace.
#![expect(clippy::unwrap_used, reason = "a trial fails by panicking")]

mod befalling;
mod child;
mod deadly;
mod figures;
mod random;
mod site;
mod trial;

pub use child::GroupChild;
pub use deadly::an_event_that_ends_its_process_is_parked_and_no_other;
pub use site::GroupSite;
pub use trial::survives;

use std::num::NonZeroU32;

use eventstore_core::{PartitionCount, SubscriptionKey, SubscriptionSettings};

/// How many events each partition of a process has in hand at most.
const BUFFER: u32 = 10;

fn group_key() -> SubscriptionKey {
    SubscriptionKey::new("$all", "billing").unwrap()
}

fn count(partitions: u32) -> PartitionCount {
    PartitionCount::new(partitions).unwrap()
}

fn settings() -> SubscriptionSettings {
    SubscriptionSettings {
        buffer_size: NonZeroU32::new(BUFFER).unwrap(),
        ..SubscriptionSettings::default()
    }
}
