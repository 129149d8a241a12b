use super::{MemberId, PartitionCount};

/// Returns how many partitions this member should hold, if these members hold so many each.
///
/// The shares differ by one at most. Those who hold the most keep the larger shares, so that as few partitions as possible move; of members
/// that hold the same number, the one with the lowest id does. A member that is not among them holds none.
pub fn fair_share(partitions: PartitionCount, members: &[(MemberId, u16)], member: MemberId) -> u16 {
    let Ok(count) = u16::try_from(members.len()) else {
        return 0;
    };
    let Some((_, held)) = members.iter().find(|(id, _)| *id == member) else {
        return 0;
    };
    let (least, larger) = (partitions.get() / count, partitions.get() % count);
    let before = members
        .iter()
        .filter(|(id, other)| (std::cmp::Reverse(*other), *id) < (std::cmp::Reverse(*held), member))
        .count();
    if before < usize::from(larger) { least + 1 } else { least }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn member(number: u128) -> MemberId {
        MemberId::new(Uuid::from_u128(number))
    }

    fn shares(partitions: u32, held: &[u16]) -> Vec<u16> {
        let partitions = PartitionCount::new(partitions).unwrap();
        let members: Vec<_> = (0..).zip(held).map(|(number, held)| (member(number), *held)).collect();
        members
            .iter()
            .map(|(id, _)| fair_share(partitions, &members, *id))
            .collect()
    }

    #[test]
    fn the_member_that_holds_more_keeps_the_larger_share() {
        assert_eq!(shares(16, &[16, 0]), [8, 8]);
        assert_eq!(shares(16, &[5, 0, 6, 5]), [4, 4, 4, 4]);
        assert_eq!(shares(5, &[0, 5]), [2, 3]);
        assert_eq!(shares(5, &[3, 2, 0]), [2, 2, 1]);
        assert_eq!(shares(2, &[1, 1, 0]), [1, 1, 0]);
    }

    #[test]
    fn who_is_no_member_gets_nothing() {
        let partitions = PartitionCount::new(4).unwrap();
        assert_eq!(fair_share(partitions, &[(member(1), 4)], member(2)), 0);
        assert_eq!(fair_share(partitions, &[], member(2)), 0);
    }

    proptest! {
        /// Members that hold a fair share already keep it.
        #[test]
        fn shares_are_fair_complete_and_stable(partitions in 1_u32..300, held in prop::collection::vec(0_u16..50, 1..40)) {
            let first = shares(partitions, &held);
            prop_assert_eq!(first.iter().map(|share| u32::from(*share)).sum::<u32>(), partitions);
            prop_assert!(first.iter().max().unwrap() - first.iter().min().unwrap() <= 1);
            prop_assert_eq!(shares(partitions, &first), first);
        }
    }
}
