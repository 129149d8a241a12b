use std::collections::BTreeSet;

use eventstore_core::PartitionNumber;

/// So many partitions are few: the positions of all of them are stored each time.
const FEW: usize = 256;

/// Of many partitions, so many positions are stored at a time, and only every so many times: two processes with 10,000 partitions write fewer
/// than 20 rows a second in fewer than five statements (ADR 67).
const MANY_AT_A_TIME: usize = 24;
const TIMES: u32 = 4;

/// Chooses the partitions whose positions are stored next although they have no events.
#[derive(Debug, Default)]
pub(super) struct Sweep {
    last: Option<PartitionNumber>,
    times: u32,
}

impl Sweep {
    pub(super) fn next(
        &mut self,
        partitions: impl ExactSizeIterator<Item = PartitionNumber>,
    ) -> BTreeSet<PartitionNumber> {
        if partitions.len() <= FEW {
            return partitions.collect();
        }
        self.times = (self.times + 1) % TIMES;
        if self.times != 0 {
            return BTreeSet::new();
        }
        let last = self.last;
        let later = partitions.filter(|partition| Some(*partition) > last);
        let next: BTreeSet<_> = later.take(MANY_AT_A_TIME).collect();
        // After the last partition, it begins again.
        self.last = next.last().copied();
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sweep_all(count: u16, times: usize) -> Vec<usize> {
        let mut sweep = Sweep::default();
        let mut seen = BTreeSet::new();
        let all: Vec<_> = (1..=count).filter_map(PartitionNumber::new).collect();
        (0..times)
            .map(|_| {
                seen.extend(sweep.next(all.iter().copied()));
                seen.len()
            })
            .collect()
    }

    #[test]
    fn few_partitions_are_swept_at_once() {
        assert_eq!(sweep_all(256, 1), [256]);
    }

    #[test]
    fn many_partitions_are_swept_in_turn() {
        let seen = sweep_all(300, 4 * 13);
        assert_eq!(seen[..5], [0, 0, 0, 24, 24]);
        assert_eq!(seen.last(), Some(&300));
    }
}
