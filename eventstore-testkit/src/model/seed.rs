use std::env;
use std::fmt;

use proptest::test_runner::RngAlgorithm;
use uuid::Uuid;

/// What the random sequences of a run follow from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seed([Uuid; 2]);

impl Seed {
    /// What takes the bytes of a seed.
    pub(super) const ALGORITHM: RngAlgorithm = RngAlgorithm::ChaCha;

    /// The environment variable that holds the seed of a run that is to be repeated.
    const VARIABLE: &str = "EVENTSTORE_MODEL_SEED";

    /// The seed of the run that is to be repeated, else another one each time.
    pub(super) fn given_or_new() -> Self {
        match env::var(Self::VARIABLE) {
            Err(_) => Self([Uuid::now_v7(), Uuid::now_v7()]),
            Ok(text) => Self::parse(&text).unwrap_or_else(|| {
                panic!(
                    "{} holds no seed: expected 64 hexadecimal digits, got {text:?}",
                    Self::VARIABLE
                )
            }),
        }
    }

    pub(super) fn bytes(self) -> Vec<u8> {
        self.0.iter().flat_map(Uuid::as_bytes).copied().collect()
    }

    fn parse(text: &str) -> Option<Self> {
        let (first, second) = text.trim().split_at_checked(32)?;
        Some(Self([Uuid::try_parse(first).ok()?, Uuid::try_parse(second).ok()?]))
    }
}

impl fmt::Display for Seed {
    /// How the run is repeated.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second] = self.0.map(Uuid::simple);
        write!(f, "to repeat the run, set {}={first}{second}", Self::VARIABLE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_can_be_given_back() {
        let seed = Seed::given_or_new();
        let printed = seed.to_string();
        let (_, text) = printed.split_once('=').unwrap();
        assert_eq!(Seed::parse(text), Some(seed));
        assert_eq!(seed.bytes().len(), 32);
        assert_eq!(Seed::parse("7"), None);
    }
}
