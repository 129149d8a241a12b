use std::env;

use uuid::Uuid;

/// The environment variable that holds the seed of a run that is to be repeated.
const SEED: &str = "EVENTSTORE_FAULTS_SEED";

/// Random numbers that follow from a seed.
pub(super) struct Random(u64);

impl Random {
    /// Follows from the seed of the run that is to be repeated, else from a new one; says which.
    pub(super) fn of_run() -> Self {
        let given = env::var(SEED).ok().map(|seed| seed.parse().unwrap());
        let seed = given.unwrap_or_else(|| Uuid::now_v7().as_u64_pair().1);
        println!("to repeat what is random, set {SEED}={seed}");
        Self(seed)
    }

    /// The generator `SplitMix64`.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// One of several.
    pub(super) fn one_of<T: Clone>(&mut self, several: &[T]) -> T {
        let index = self.below(u64::try_from(several.len()).unwrap());
        several[usize::try_from(index).unwrap()].clone()
    }
}
