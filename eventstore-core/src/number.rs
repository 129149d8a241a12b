use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use thiserror::Error;

use crate::Error as StoreError;

/// The number is not between 0 and `i64::MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the number must lie between 0 and {}", i64::MAX)]
pub struct NumberOutOfRange;

impl From<ParseIntError> for NumberOutOfRange {
    fn from(_: ParseIntError) -> Self {
        Self
    }
}

impl From<NumberOutOfRange> for StoreError {
    fn from(invalid: NumberOutOfRange) -> Self {
        Self::invalid_input("number", &invalid)
    }
}

macro_rules! event_count {
    ($(#[$docs:meta])* $name:ident) => {
        $(#[$docs])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        #[cfg_attr(feature = "serde", serde(try_from = "i64", into = "i64"))]
        pub struct $name(i64);

        impl $name {
            /// The number before the first event.
            pub const ZERO: Self = Self(0);
            /// The number of a first event.
            pub const FIRST: Self = Self(1);
            /// The highest number that the storage can hold.
            pub const MAX: Self = Self(i64::MAX);

            /// Creates a number from its stored value.
            ///
            /// # Errors
            ///
            /// [`Error::Storage`](crate::Error::Storage) if no store can have assigned it.
            pub fn from_storage<N>(number: N) -> Result<Self, StoreError>
            where
                Self: TryFrom<N, Error = NumberOutOfRange>,
                N: Copy + fmt::Display,
            {
                Self::try_from(number).map_err(|error| StoreError::corrupt(format!("{number}: {error}")))
            }

            /// Returns the number as storage engines with signed integers store it.
            pub const fn as_i64(self) -> i64 {
                self.0
            }

            /// Returns the number as an unsigned integer.
            pub const fn get(self) -> u64 {
                self.0.unsigned_abs()
            }

            /// Returns the number `count` events later.
            ///
            /// # Errors
            ///
            /// [`NumberOutOfRange`] if the result is beyond `i64::MAX`.
            pub fn after(self, count: u64) -> Result<Self, NumberOutOfRange> {
                let sum = self.get().checked_add(count).ok_or(NumberOutOfRange)?;
                Self::try_from(sum)
            }

            /// Returns the number `count` events earlier, or [`Self::ZERO`] if there were fewer.
            #[must_use]
            pub fn before(self, count: u64) -> Self {
                i64::try_from(count).map_or(Self::ZERO, |count| Self(self.0.saturating_sub(count).max(0)))
            }

            /// Returns the number of the next event; the highest number does not change.
            #[must_use]
            pub const fn next(self) -> Self {
                Self(self.0.saturating_add(1))
            }

            /// Returns the number of the previous event; [`Self::ZERO`] does not change.
            #[must_use]
            pub const fn previous(self) -> Self {
                if self.0 == 0 { self } else { Self(self.0 - 1) }
            }

            /// Returns how many numbers lie between `earlier` (exclusive) and this one (inclusive); 0 if `earlier` is not earlier.
            pub const fn distance_from(self, earlier: Self) -> u64 {
                self.get().saturating_sub(earlier.get())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = NumberOutOfRange;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::try_from(text.parse::<i64>()?)
            }
        }

        impl TryFrom<i64> for $name {
            type Error = NumberOutOfRange;

            fn try_from(value: i64) -> Result<Self, Self::Error> {
                if value < 0 { Err(NumberOutOfRange) } else { Ok(Self(value)) }
            }
        }

        impl TryFrom<u64> for $name {
            type Error = NumberOutOfRange;

            fn try_from(value: u64) -> Result<Self, Self::Error> {
                i64::try_from(value).map(Self).map_err(|_| NumberOutOfRange)
            }
        }

        impl From<$name> for i64 {
            fn from(number: $name) -> Self {
                number.as_i64()
            }
        }

        impl From<u32> for $name {
            fn from(value: u32) -> Self {
                Self(i64::from(value))
            }
        }
    };
}

event_count! {
    /// How many events were ever added to a stream; a stream's version is the number of its last event.
    ///
    /// ```
    /// use eventstore_core::StreamVersion;
    ///
    /// assert_eq!(StreamVersion::from(3).after(2), Ok(StreamVersion::from(5)));
    /// assert!(StreamVersion::MAX.after(1).is_err());
    /// ```
    StreamVersion
}

event_count! {
    /// The place of an event in `$all`, counted from 1 in the order of commits.
    Position
}

event_count! {
    /// The number of an event in whatever is read or subscribed to: the version in a stream, or the position in `$all`.
    ///
    /// As a start or a checkpoint, [`EventNumber::ZERO`] is the number before the first event.
    EventNumber
}

impl From<Position> for EventNumber {
    fn from(position: Position) -> Self {
        Self(position.0)
    }
}

impl From<StreamVersion> for Position {
    /// The version of `$all` is the position of its last event.
    fn from(version: StreamVersion) -> Self {
        Self(version.0)
    }
}

impl From<EventNumber> for Position {
    fn from(number: EventNumber) -> Self {
        Self(number.0)
    }
}

impl From<StreamVersion> for EventNumber {
    fn from(version: StreamVersion) -> Self {
        Self(version.0)
    }
}

impl From<EventNumber> for StreamVersion {
    fn from(number: EventNumber) -> Self {
        Self(number.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Behaviours: R1.18, T56.
    #[test]
    fn refuses_negative_numbers_and_numbers_beyond_i64() {
        assert_eq!(StreamVersion::try_from(-1_i64), Err(NumberOutOfRange));
        assert_eq!(
            StreamVersion::try_from(u64::try_from(i64::MAX).unwrap() + 1),
            Err(NumberOutOfRange)
        );
        assert_eq!("9223372036854775808".parse::<EventNumber>(), Err(NumberOutOfRange));
        assert_eq!("-1".parse::<EventNumber>(), Err(NumberOutOfRange));
    }

    #[test]
    fn counts_forwards_and_backwards_without_leaving_the_range() {
        assert_eq!(EventNumber::ZERO.next(), EventNumber::FIRST);
        assert_eq!(EventNumber::MAX.next(), EventNumber::MAX);
        assert_eq!(EventNumber::ZERO.previous(), EventNumber::ZERO);
        assert_eq!(EventNumber::FIRST.previous(), EventNumber::ZERO);
        assert_eq!(EventNumber::from(7).before(3), EventNumber::from(4));
        assert_eq!(EventNumber::from(3).before(7), EventNumber::ZERO);
        assert_eq!(EventNumber::MAX.before(u64::MAX), EventNumber::ZERO);
        assert_eq!(EventNumber::from(7).distance_from(EventNumber::from(3)), 4);
        assert_eq!(EventNumber::from(3).distance_from(EventNumber::from(7)), 0);
    }
}
