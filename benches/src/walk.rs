/// Goes through streams of a store, far from each other and each as often as the others, over and over.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Walk {
    streams: u64,
    at: u64,
}

/// A prime: every stream is met, unless their number is a multiple of it.
const STRIDE: u64 = 7_919;

impl Walk {
    /// One for each of the callers, which begin apart.
    pub(crate) fn of_callers(callers: usize, streams: u32) -> Vec<Self> {
        let streams = u64::from(streams.max(1));
        let start = |caller| caller * streams / u64::try_from(callers).unwrap_or(1).max(1);
        (0..callers)
            .map(|caller| Self {
                streams,
                at: start(u64::try_from(caller).unwrap_or(0)) % streams,
            })
            .collect()
    }

    /// The number of the next stream, from 1 on.
    pub(crate) fn step(&mut self) -> u64 {
        self.at = (self.at + STRIDE) % self.streams;
        self.at + 1
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_walk_meets_every_stream() {
        for streams in [1, 10, 1_000] {
            let mut walk = Walk::of_callers(3, streams)[2];
            let met: BTreeSet<_> = (0..streams).map(|_| walk.step()).collect();
            assert_eq!(met, (1..=u64::from(streams)).collect());
        }
    }
}
