#![doc = include_str!("../README.md")]

mod checkpoint_group;
mod closing;
mod copies;
mod group_commit;
mod hints;
mod observe;
mod prefix;
mod read_ahead;
mod recent;
mod storage_epoch;
mod supervise;

pub use checkpoint_group::{CheckpointGroup, CheckpointToSave};
pub use closing::{ChangeUnderWay, Closing};
pub use copies::copies_of;
pub use group_commit::{Admission, Admitted, AppendOutcome, CommitGroup, CommittedGroup, Committer};
pub use hints::{Commits, Found, Known, Topics};
pub use observe::StoreLabel;
pub use prefix::end_of_prefix;
pub use read_ahead::ReadAhead;
pub use recent::Recent;
pub use storage_epoch::StorageEpoch;
pub use supervise::supervise;

/// The crate whose types the signatures of this crate use, in the version that it takes.
pub use eventstore_core;
