//! Groups whose members share the partitions of a subscription. A partition is a subscription of its own, whose epoch fences who held it.

mod admin;
mod change;
mod enter;
mod in_hand;
mod list;
mod membership;
mod stored;
mod tables;

pub(super) use admin::{Part, find_part, lock_group_of_partition, make_of_group, make_of_partition};
pub(crate) use enter::Entrance;
pub(crate) use in_hand::GroupsInHand;

use admin::delete_partitions;
use change::make_partitions;
use stored::StoredGroup;
