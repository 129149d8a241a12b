//! Groups: which members share a subscription, and who holds which of its partitions.
//!
//! A partition is a row of the subscriptions, fenced by its epoch alone: how long it is held is decided by the row of its member. All changes
//! decide in one transaction, which is the only writer of the file meanwhile.

mod calls;
mod changing;
mod entering;
mod execute;
mod held;
mod listing;
mod members;
mod moment;
mod part_in_group;
mod partitions;
mod stored_group;

pub(crate) use entering::Entry;
pub(super) use moment::Moment;
pub(super) use part_in_group::{PartInGroup, delete_group, free_partition, set_partitions};

use execute::execute;
use members::{end_members, has_member, parts};
use partitions::{PartitionRow, add_missing, delete_partitions};
use stored_group::StoredGroup;
