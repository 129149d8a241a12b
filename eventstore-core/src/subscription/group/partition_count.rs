use std::fmt;
use std::num::NonZeroU16;

use thiserror::Error;

use crate::{Error as StoreError, InvalidSubscriptionName, PartitionKey, SubscriptionKey, SubscriptionName};

/// A group cannot have this many partitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a group has 1 to {} partitions, not {count}", PartitionCount::MAX)]
pub struct InvalidPartitionCount {
    /// The refused number of partitions.
    pub count: u32,
}

/// The number of partitions of a group: 1 to [`PartitionCount::MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "u32", into = "u32")
)]
pub struct PartitionCount(NonZeroU16);

/// The number of one partition of a group, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PartitionNumber(NonZeroU16);

impl PartitionCount {
    /// The most partitions that a group can have.
    pub const MAX: u16 = 16_384;

    /// Creates the number of partitions of a group.
    ///
    /// # Errors
    ///
    /// [`InvalidPartitionCount`] if it is 0 or more than [`PartitionCount::MAX`].
    pub fn new(count: u32) -> Result<Self, InvalidPartitionCount> {
        let valid = u16::try_from(count).ok().filter(|count| *count <= Self::MAX);
        valid
            .and_then(NonZeroU16::new)
            .map(Self)
            .ok_or(InvalidPartitionCount { count })
    }

    /// Returns the number.
    pub const fn get(self) -> u16 {
        self.0.get()
    }

    /// Returns all partitions, in order.
    pub fn partitions(self) -> impl Iterator<Item = PartitionNumber> {
        (1..=self.get()).filter_map(NonZeroU16::new).map(PartitionNumber)
    }

    /// Returns the partition to which the events with this ordering key belong, for ever: on any machine and in any version of this crate.
    ///
    /// It is 1 plus the remainder of the 64-bit FNV-1a hash of the key's bytes, folded by an exclusive or of its halves, divided by the
    /// number of partitions ([FNV](https://datatracker.ietf.org/doc/html/draft-eastlake-fnv-17)).
    pub fn partition_of(self, key: &PartitionKey) -> PartitionNumber {
        const OFFSET_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
        const PRIME: u64 = 0x0000_0100_0000_01b3;
        let hash = key
            .as_str()
            .bytes()
            .fold(OFFSET_BASIS, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME));
        let remainder = ((hash >> 32) ^ (hash & u64::from(u32::MAX))) % u64::from(self.get());
        // The remainder is less than the number of partitions, so this is at most that number.
        let number = u16::try_from(remainder).map_or(self.get(), |remainder| remainder.saturating_add(1));
        PartitionNumber(NonZeroU16::new(number).unwrap_or(NonZeroU16::MIN))
    }
}

impl PartitionNumber {
    /// Creates the number of a partition; `None` for 0.
    pub fn new(number: u16) -> Option<Self> {
        NonZeroU16::new(number).map(Self)
    }

    /// Returns the number.
    pub const fn get(self) -> u16 {
        self.0.get()
    }

    /// Returns the key under which the checkpoint of this partition of a group is stored, for a group of this many partitions.
    ///
    /// # Errors
    ///
    /// [`InvalidSubscriptionName::TooLong`] if the name of the group leaves no room for the number.
    pub fn key(self, group: &SubscriptionKey, of: PartitionCount) -> Result<SubscriptionKey, InvalidSubscriptionName> {
        Ok(SubscriptionKey {
            selector: group.selector.clone(),
            name: SubscriptionName::new(format!("{}[{self}/{of}]", group.name))?,
        })
    }
}

impl fmt::Display for PartitionCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for PartitionNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl TryFrom<u32> for PartitionCount {
    type Error = InvalidPartitionCount;

    fn try_from(count: u32) -> Result<Self, Self::Error> {
        Self::new(count)
    }
}

impl From<PartitionCount> for u32 {
    fn from(count: PartitionCount) -> Self {
        count.get().into()
    }
}

impl From<InvalidPartitionCount> for StoreError {
    fn from(invalid: InvalidPartitionCount) -> Self {
        Self::invalid_input("partitions", &invalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_has_at_least_one_partition_and_not_too_many() {
        for count in [0, 16_385, 100_000, u32::MAX] {
            assert_eq!(PartitionCount::new(count), Err(InvalidPartitionCount { count }));
        }
        for count in [1, 16_384] {
            assert_eq!(PartitionCount::new(count).map(u32::from), Ok(count));
        }
    }

    /// The hashes of "", "a" and "foobar" are those of the specification.
    #[test]
    fn the_partition_of_a_key_never_changes() {
        let many = PartitionCount::new(16_384).unwrap();
        let folded = |hash: u64| u16::try_from(((hash >> 32) ^ (hash & 0xffff_ffff)) % 16_384).unwrap() + 1;
        for (key, hash) in [
            ("", 0xcbf2_9ce4_8422_2325),
            ("a", 0xaf63_dc4c_8601_ec8c),
            ("foobar", 0x8594_4171_f739_67e8),
        ] {
            assert_eq!(many.partition_of(&key.into()).get(), folded(hash), "{key}");
        }
        let one = PartitionCount::new(1).unwrap();
        assert_eq!(one.partition_of(&"anything".into()).get(), 1);
    }

    #[test]
    fn keys_spread_evenly() {
        let count = PartitionCount::new(64).unwrap();
        let mut sizes = [0_u32; 65];
        for number in 0..64_000 {
            sizes[usize::from(count.partition_of(&format!("order-{number}").into()).get())] += 1;
        }
        assert_eq!(sizes[0], 0);
        assert!(sizes[1..].iter().all(|size| (800..1_200).contains(size)), "{sizes:?}");
    }

    #[test]
    fn a_partition_has_a_name_of_its_own() {
        let group = SubscriptionKey::new("$all", "billing").unwrap();
        let count = PartitionCount::new(16).unwrap();
        let third = PartitionNumber::new(3).unwrap();
        assert_eq!(third.key(&group, count).unwrap().name.as_str(), "billing[3/16]");
        let long = SubscriptionKey::new("$all", "x".repeat(512)).unwrap();
        assert!(third.key(&long, count).is_err());
        assert_eq!(
            count.partitions().map(PartitionNumber::get).collect::<Vec<_>>(),
            (1..=16).collect::<Vec<_>>()
        );
    }
}
