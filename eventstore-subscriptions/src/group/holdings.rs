use std::collections::BTreeMap;

use eventstore_core::backend::{GroupView, HeldPartition, LeaseToken};
use eventstore_core::machine::fair_share;
use eventstore_core::{MemberId, PartitionCount, PartitionNumber};

/// The partitions that a member holds, as far as it knows.
#[derive(Debug, Default)]
pub(super) struct Holdings(BTreeMap<PartitionNumber, Holding>);

#[derive(Debug, Clone, Copy)]
struct Holding {
    token: LeaseToken,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Kept,
    /// Its events are still being handled here.
    Stopping,
    /// The storage is to be told.
    Stopped,
}

/// What a member does about its share.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    /// The partitions to stop, so that others can have them.
    pub(super) stop: Vec<PartitionNumber>,
    /// How many free partitions to claim.
    pub(super) claim: u16,
    /// Others are giving back what belongs to the share.
    pub(super) is_waiting: bool,
    /// The storage knows of another number of partitions: it is to be asked which they are.
    pub(super) is_in_doubt: bool,
}

impl Holdings {
    /// Decides what to do, after the storage has told how many partitions each member holds.
    pub(super) fn plan(&mut self, view: &GroupView, member: MemberId, partitions: PartitionCount) -> Plan {
        let stored = view.members.iter().find(|(id, _)| *id == member);
        if stored.is_none_or(|(_, count)| *count != self.count()) {
            return Plan {
                is_in_doubt: true,
                ..Plan::default()
            };
        }
        let share = fair_share(partitions, &view.members, member);
        let all_held = view
            .members
            .iter()
            .fold(0_u16, |sum, (_, held)| sum.saturating_add(*held));
        let missing = share.saturating_sub(self.count());
        let free = partitions.get().saturating_sub(all_held);
        Plan {
            stop: self.stop_all_but(share),
            claim: missing.min(free),
            is_waiting: missing > free,
            is_in_doubt: false,
        }
    }

    pub(super) fn add(&mut self, given: &[HeldPartition]) {
        for held in given {
            let holding = Holding {
                token: held.token,
                stage: Stage::Kept,
            };
            self.0.insert(held.partition, holding);
        }
    }

    /// The events of the partition are no longer handled here.
    pub(super) fn has_stopped(&mut self, partition: PartitionNumber) {
        if let Some(holding) = self.0.get_mut(&partition) {
            holding.stage = Stage::Stopped;
        }
    }

    /// The partitions that the storage is to be told of.
    pub(super) fn stopped(&self) -> Vec<PartitionNumber> {
        let stopped = self.0.iter().filter(|(_, holding)| holding.stage == Stage::Stopped);
        stopped.map(|(partition, _)| *partition).collect()
    }

    pub(super) fn remove(&mut self, partitions: &[PartitionNumber]) {
        for partition in partitions {
            self.0.remove(partition);
        }
    }

    /// Compares with what the storage says is held. Returns what is lost, and what is held there and not known here.
    pub(super) fn reconcile(&mut self, stored: &[HeldPartition]) -> (Vec<PartitionNumber>, Vec<PartitionNumber>) {
        let stored: BTreeMap<_, _> = stored.iter().map(|held| (held.partition, held.token)).collect();
        let gone = self
            .0
            .iter()
            .filter(|(partition, holding)| stored.get(partition) != Some(&holding.token));
        let gone: Vec<_> = gone.map(|(partition, holding)| (*partition, holding.stage)).collect();
        for (partition, _) in &gone {
            self.0.remove(partition);
        }
        let lost = gone.into_iter().filter(|(_, stage)| *stage != Stage::Stopped);
        let unknown = stored.into_keys().filter(|partition| !self.0.contains_key(partition));
        (lost.map(|(partition, _)| partition).collect(), unknown.collect())
    }

    /// Every partition whose events may still be handled here.
    pub(super) fn clear(&mut self) -> Vec<PartitionNumber> {
        let held = std::mem::take(&mut self.0);
        held.into_iter()
            .filter(|(_, holding)| holding.stage != Stage::Stopped)
            .map(|(partition, _)| partition)
            .collect()
    }

    pub(super) fn count(&self) -> u16 {
        u16::try_from(self.0.len()).unwrap_or(u16::MAX)
    }

    /// Stops the partitions with the highest numbers until no more than this many are kept.
    fn stop_all_but(&mut self, share: u16) -> Vec<PartitionNumber> {
        let kept = self.0.iter_mut().filter(|(_, holding)| holding.stage == Stage::Kept);
        let surplus = kept.skip(share.into());
        surplus
            .map(|(partition, holding)| {
                holding.stage = Stage::Stopping;
                *partition
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use eventstore_core::backend::LeaseEpoch;
    use eventstore_core::{EventNumber, SubscriptionId};
    use uuid::Uuid;

    use super::*;

    const ME: MemberId = MemberId::new(Uuid::from_u128(1));
    const OTHER: MemberId = MemberId::new(Uuid::from_u128(2));

    fn partition(number: u16) -> PartitionNumber {
        PartitionNumber::new(number).unwrap()
    }

    fn partitions(numbers: impl IntoIterator<Item = u16>) -> Vec<PartitionNumber> {
        numbers.into_iter().map(partition).collect()
    }

    fn held(number: u16, epoch: i64) -> HeldPartition {
        HeldPartition {
            partition: partition(number),
            token: LeaseToken {
                id: SubscriptionId::new(number.into()),
                epoch: LeaseEpoch::new(epoch),
            },
            checkpoint: EventNumber::ZERO,
        }
    }

    fn holdings(numbers: std::ops::RangeInclusive<u16>) -> Holdings {
        let mut holdings = Holdings::default();
        holdings.add(&numbers.map(|number| held(number, 1)).collect::<Vec<_>>());
        holdings
    }

    fn plan(holdings: &mut Holdings, members: &[(MemberId, u16)]) -> Plan {
        let view = GroupView {
            members: members.to_vec(),
        };
        holdings.plan(&view, ME, PartitionCount::new(8).unwrap())
    }

    #[test]
    fn claims_what_is_free_up_to_its_share() {
        assert_eq!(plan(&mut Holdings::default(), &[(ME, 0)]).claim, 8);
        assert_eq!(plan(&mut Holdings::default(), &[(ME, 0), (OTHER, 8)]).claim, 0);
        assert_eq!(plan(&mut holdings(1..=1), &[(ME, 1), (OTHER, 5)]).claim, 2);
        assert_eq!(plan(&mut holdings(1..=4), &[(ME, 4), (OTHER, 0)]).claim, 0);
        assert!(plan(&mut Holdings::default(), &[(ME, 0), (OTHER, 8)]).is_waiting);
        assert!(!plan(&mut holdings(1..=1), &[(ME, 1), (OTHER, 4)]).is_waiting);
    }

    #[test]
    fn stops_what_is_beyond_its_share_once() {
        let mut holdings = holdings(1..=8);
        assert_eq!(plan(&mut holdings, &[(ME, 8), (OTHER, 0)]).stop, partitions(5..=8));
        assert_eq!(plan(&mut holdings, &[(ME, 8), (OTHER, 0)]), Plan::default());
        holdings.has_stopped(partition(6));
        assert_eq!(holdings.stopped(), partitions([6]));
        holdings.remove(&partitions([6]));
        assert_eq!(plan(&mut holdings, &[(ME, 7), (OTHER, 1)]), Plan::default());
    }

    #[test]
    fn asks_the_storage_if_it_counts_otherwise() {
        assert!(plan(&mut holdings(1..=2), &[(ME, 1)]).is_in_doubt);
        assert!(plan(&mut holdings(1..=2), &[(OTHER, 2)]).is_in_doubt);
    }

    #[test]
    fn what_the_storage_has_given_to_others_is_lost() {
        let mut holdings = holdings(1..=4);
        holdings.has_stopped(partition(3));
        let stored = [held(1, 1), held(2, 2), held(7, 1)];
        assert_eq!(holdings.reconcile(&stored), (partitions([2, 4]), partitions([2, 7])));
        assert_eq!(holdings.clear(), partitions([1]));
    }
}
