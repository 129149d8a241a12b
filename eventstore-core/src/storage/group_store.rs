use std::time::Duration;

use async_trait::async_trait;

use crate::backend::LeaseToken;
use crate::{
    Error, EventNumber, GroupSettings, MemberId, PartitionNumber, Result, StatusText, SubscriptionId, SubscriptionKey,
};

/// A process's part in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Membership {
    /// The id of the subscription whose partitions the members share.
    pub group: SubscriptionId,
    /// The member.
    pub member: MemberId,
}

impl Membership {
    /// How long a membership lasts after it was entered or renewed last, by the clock of the storage.
    pub const DURATION: Duration = Duration::from_secs(3);
}

/// What became of a membership that was to be renewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Renewal {
    /// It lasts for another [`Membership::DURATION`].
    Lasts(GroupView),
    /// It has ended, and whatever its member held is free.
    Ended,
    /// The group was deleted.
    GroupDeleted,
}

impl Renewal {
    /// Returns what the member sees of its group, if the membership lasts.
    pub fn view(self) -> Option<GroupView> {
        match self {
            Self::Lasts(view) => Some(view),
            Self::Ended | Self::GroupDeleted => None,
        }
    }
}

/// What a member sees of its group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupView {
    /// Every member whose membership lasts, this one included, and how many partitions it holds; ordered by id.
    pub members: Vec<(MemberId, u16)>,
}

/// A partition that a member holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldPartition {
    /// The partition.
    pub partition: PartitionNumber,
    /// The token that writes for the partition carry.
    pub token: LeaseToken,
    /// The number up to which every event of the partition has been acknowledged.
    pub checkpoint: EventNumber,
}

/// A partition of a group, as an operator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PartitionInfo {
    /// The partition.
    pub partition: PartitionNumber,
    /// The id under which its checkpoint, its status and its parked events are stored.
    pub id: SubscriptionId,
    /// The number up to which every event of the partition has been acknowledged.
    pub checkpoint: EventNumber,
    /// The name of the member that holds it, if one does.
    pub holder: Option<StatusText>,
}

/// A group, as an operator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct GroupInfo {
    /// The key of the subscription that is shared.
    pub key: SubscriptionKey,
    /// The id of the subscription.
    pub id: SubscriptionId,
    /// What its members agree on.
    pub settings: GroupSettings,
    /// One name for each membership, ordered by the ids of the members; a name may occur more than once.
    pub members: Vec<StatusText>,
    /// Every partition, in order.
    pub partitions: Vec<PartitionInfo>,
}

impl GroupInfo {
    /// Returns the position of the group: the lowest checkpoint of its partitions.
    pub fn checkpoint(&self) -> EventNumber {
        let lowest = self.partitions.iter().map(|partition| partition.checkpoint).min();
        lowest.unwrap_or(EventNumber::ZERO)
    }
}

/// Keeps which members of a group hold which of its partitions.
///
/// A storage need not keep groups: as the methods are given here, it keeps none.
///
/// # Contract
///
/// - A partition is stored like a subscription of its own, under the [key](PartitionNumber::key) of the partition: its token lets a holder
///   save its checkpoint, park its events, report its status and begin steps of its projection.
/// - A partition has one holder at most. Its new holder gets an epoch that is higher than every one before. From then on, every write
///   with the token of an earlier holder is refused, however late it arrives.
/// - A membership lasts for [`Membership::DURATION`] by the clock of the storage, and no clock of a member matters. One that has ended
///   cannot be renewed. The partitions of its member are free, with the checkpoints that were stored last.
/// - No call waits for a member, and none needs a session of the storage.
/// - Members share a subscription to `$all`. While a single holder runs it, no one enters the group. If a single holder takes it later, the
///   memberships end.
/// - A group that takes the place of a subscription of the same key begins at its checkpoint.
/// - Setting the checkpoint of the group sets that of every partition, and ends the memberships. Deleting the group deletes the partitions
///   with their parked events.
#[async_trait]
pub trait GroupStore: Send + Sync {
    /// Becomes a member of the group, which is created if it does not exist; `None` while a single holder runs the subscription.
    ///
    /// If the future is dropped, the group may have been created and entered; the membership then ends by itself.
    ///
    /// # Errors
    ///
    /// - [`GroupDiffers`](Error::GroupDiffers) if the group is stored with other settings
    /// - [`InvalidInput`](Error::InvalidInput) naming `group` if the storage keeps no groups, or the key names a single stream; naming
    ///   `subscription name` if the name leaves no room for the numbers of partitions, or another subscription has the name of a partition
    /// - [`OutcomeUnknown`](Error::OutcomeUnknown), after which another call with another member settles the outcome
    /// - the errors that every call may have: [`Unavailable`](Error::Unavailable), [`TimedOut`](Error::TimedOut),
    ///   [`AccessDenied`](Error::AccessDenied), [`StoreClosed`](Error::StoreClosed) and [`Storage`](Error::Storage)
    async fn enter_group(
        &self,
        key: &SubscriptionKey,
        settings: &GroupSettings,
        start_after: EventNumber,
        member: MemberId,
        name: &StatusText,
    ) -> Result<Option<Membership>> {
        let _ = (key, settings, start_after, member, name);
        Err(no_groups())
    }

    /// Makes a membership last longer, and tells what the member sees of its group.
    ///
    /// If the future is dropped, the membership may be renewed.
    ///
    /// # Errors
    ///
    /// The errors that every call may have: [`Unavailable`](Error::Unavailable), [`TimedOut`](Error::TimedOut),
    /// [`AccessDenied`](Error::AccessDenied), [`StoreClosed`](Error::StoreClosed) and [`Storage`](Error::Storage).
    async fn renew_membership(&self, membership: Membership) -> Result<Renewal> {
        let _ = membership;
        Err(no_groups())
    }

    /// Takes at most this many free partitions, in the order of their numbers; those that others are taking are left out.
    ///
    /// A member whose membership has ended is given none. If the future is dropped, partitions may have been taken;
    /// [`held_partitions`](Self::held_partitions) tells.
    ///
    /// # Errors
    ///
    /// As [`renew_membership`](Self::renew_membership), and [`OutcomeUnknown`](Error::OutcomeUnknown), after which
    /// [`held_partitions`](Self::held_partitions) tells what was taken.
    async fn claim_partitions(&self, membership: Membership, at_most: u16) -> Result<Vec<HeldPartition>> {
        let _ = (membership, at_most);
        Err(no_groups())
    }

    /// Returns the partitions that the member holds, ordered by number.
    ///
    /// # Errors
    ///
    /// As [`renew_membership`](Self::renew_membership).
    async fn held_partitions(&self, membership: Membership) -> Result<Vec<HeldPartition>> {
        let _ = membership;
        Err(no_groups())
    }

    /// Gives partitions back; those that the member does not hold are left alone.
    ///
    /// If the future is dropped, the partitions may be given back.
    ///
    /// # Errors
    ///
    /// As [`renew_membership`](Self::renew_membership), and [`OutcomeUnknown`](Error::OutcomeUnknown), after which the same call settles the
    /// outcome.
    async fn release_partitions(&self, membership: Membership, partitions: &[PartitionNumber]) -> Result<()> {
        let _ = (membership, partitions);
        Err(no_groups())
    }

    /// Ends a membership, and gives back all that its member holds.
    ///
    /// If the future is dropped, the membership may have ended.
    ///
    /// # Errors
    ///
    /// As [`release_partitions`](Self::release_partitions).
    async fn leave_group(&self, membership: Membership) -> Result<()> {
        let _ = membership;
        Err(no_groups())
    }

    /// Lists every group, ordered by stream, then by name, both in byte order.
    ///
    /// # Errors
    ///
    /// As [`renew_membership`](Self::renew_membership).
    async fn list_groups(&self) -> Result<Vec<GroupInfo>> {
        Ok(Vec::new())
    }

    /// Changes what the members of a group agree on. Another number of partitions, or another ordering key, makes new partitions, which
    /// begin at the lowest checkpoint of the old ones: order is kept, and events that faster partitions had acknowledged are delivered again.
    ///
    /// If the future is dropped, the group may have been changed.
    ///
    /// # Errors
    ///
    /// - [`SubscriptionNotFound`](Error::SubscriptionNotFound) if there is no such group
    /// - [`SubscriptionHeld`](Error::SubscriptionHeld) while it has a member
    /// - [`InvalidInput`](Error::InvalidInput) naming `group` if new partitions are needed and events of the old ones are parked: replay or
    ///   discard them first
    /// - [`OutcomeUnknown`](Error::OutcomeUnknown), after which the same call settles the outcome
    /// - the errors that every call may have: [`Unavailable`](Error::Unavailable), [`TimedOut`](Error::TimedOut),
    ///   [`AccessDenied`](Error::AccessDenied), [`StoreClosed`](Error::StoreClosed) and [`Storage`](Error::Storage)
    async fn change_group(&self, key: &SubscriptionKey, settings: &GroupSettings) -> Result<()> {
        let _ = settings;
        Err(Error::SubscriptionNotFound { key: key.clone() })
    }
}

fn no_groups() -> Error {
    Error::invalid_input("group", "this storage keeps no groups")
}
