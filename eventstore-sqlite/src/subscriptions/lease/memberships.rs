use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use eventstore_core::PartitionNumber;
use eventstore_core::backend::{HeldPartition, LeaseToken, Membership};

/// The memberships of a store and what it was given under them: while the store closes, these store their last checkpoints.
#[derive(Debug, Default)]
pub(in crate::subscriptions) struct Memberships(Mutex<InHand>);

#[derive(Debug, Default)]
struct InHand {
    partitions: HashMap<Membership, HashMap<PartitionNumber, LeaseToken>>,
    /// All tokens of the partitions.
    tokens: HashSet<LeaseToken>,
}

impl Memberships {
    pub(in crate::subscriptions) fn enter(&self, membership: Membership) {
        self.in_hand().partitions.entry(membership).or_default();
    }

    pub(in crate::subscriptions) fn end(&self, membership: Membership) {
        let in_hand = &mut *self.in_hand();
        for token in in_hand.partitions.remove(&membership).into_iter().flatten() {
            in_hand.tokens.remove(&token.1);
        }
    }

    /// Those of a membership that has ended are left out: no one would take them back.
    pub(in crate::subscriptions) fn take(&self, membership: Membership, taken: &[HeldPartition]) {
        let in_hand = &mut *self.in_hand();
        let Some(partitions) = in_hand.partitions.get_mut(&membership) else {
            return;
        };
        for HeldPartition { partition, token, .. } in taken {
            if let Some(earlier) = partitions.insert(*partition, *token) {
                in_hand.tokens.remove(&earlier);
            }
            in_hand.tokens.insert(*token);
        }
    }

    pub(in crate::subscriptions) fn give_back(&self, membership: Membership, given_back: &[PartitionNumber]) {
        let in_hand = &mut *self.in_hand();
        let Some(partitions) = in_hand.partitions.get_mut(&membership) else {
            return;
        };
        for token in given_back.iter().filter_map(|number| partitions.remove(number)) {
            in_hand.tokens.remove(&token);
        }
    }

    pub(super) fn has_token(&self, token: LeaseToken) -> bool {
        self.in_hand().tokens.contains(&token)
    }

    fn in_hand(&self) -> MutexGuard<'_, InHand> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use eventstore_core::backend::LeaseEpoch;
    use eventstore_core::{EventNumber, MemberId, SubscriptionId};
    use uuid::Uuid;

    use super::*;

    fn held(number: u16, epoch: i64) -> HeldPartition {
        HeldPartition {
            partition: PartitionNumber::new(number).unwrap(),
            token: LeaseToken {
                id: SubscriptionId::new(number.into()),
                epoch: LeaseEpoch::new(epoch),
            },
            checkpoint: EventNumber::ZERO,
        }
    }

    #[test]
    fn only_what_was_taken_and_not_given_back_is_in_hand() {
        let membership = Membership {
            group: SubscriptionId::new(7),
            member: MemberId::new(Uuid::from_u128(1)),
        };
        let memberships = Memberships::default();
        let [first, second] = [held(1, 1), held(2, 1)];
        memberships.take(membership, &[first]);
        assert!(!memberships.has_token(first.token), "before it was entered");

        memberships.enter(membership);
        memberships.take(membership, &[first, second]);
        memberships.take(membership, &[held(2, 2)]);
        let has = |held: HeldPartition| memberships.has_token(held.token);
        assert_eq!([first, second, held(2, 2)].map(has), [true, false, true]);
        memberships.give_back(membership, &[first.partition]);
        assert_eq!([first, held(2, 2)].map(has), [false, true]);

        memberships.end(membership);
        assert!(!memberships.has_token(held(2, 2).token));
    }
}
