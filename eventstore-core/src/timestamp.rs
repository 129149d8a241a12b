use std::fmt;
use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use thiserror::Error;
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

use crate::Error as StoreError;

/// The text or instant is one that no [`Timestamp`] can hold.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("not an RFC 3339 timestamp between the years 0000 and 9999")]
pub struct InvalidTimestamp;

impl From<InvalidTimestamp> for StoreError {
    fn from(invalid: InvalidTimestamp) -> Self {
        Self::invalid_input("time", &invalid)
    }
}

/// An instant in UTC with the resolution that storage keeps: whole microseconds since 1970-01-01T00:00:00Z.
///
/// ```
/// use eventstore_core::Timestamp;
///
/// let instant: Timestamp = "2024-02-29T13:00:00.123456+01:00".parse()?;
/// assert_eq!(instant.to_string(), "2024-02-29T12:00:00.123456Z");
/// # Ok::<(), eventstore_core::InvalidTimestamp>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(OffsetDateTime);

impl Timestamp {
    /// Creates the instant that is this many microseconds after 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    ///
    /// [`InvalidTimestamp`] outside the years 0000 to 9999.
    pub fn from_unix_micros(micros: i64) -> Result<Self, InvalidTimestamp> {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000)
            .map_err(|_| InvalidTimestamp)
            .and_then(Self::try_from)
    }

    /// Creates an instant from its stored value in microseconds since 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`](crate::Error::Storage) outside the years 0000 to 9999.
    pub fn from_storage(micros: i64) -> Result<Self, StoreError> {
        Self::from_unix_micros(micros).map_err(|error| StoreError::corrupt(format!("{micros}: {error}")))
    }

    /// Returns the microseconds since 1970-01-01T00:00:00Z.
    pub fn unix_micros(self) -> i64 {
        self.0.unix_timestamp() * 1_000_000 + i64::from(self.0.microsecond())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.format(&Rfc3339).map_err(|_| fmt::Error)?)
    }
}

impl FromStr for Timestamp {
    type Err = InvalidTimestamp;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        OffsetDateTime::parse(text, &Rfc3339)
            .map_err(|_| InvalidTimestamp)
            .and_then(Self::try_from)
    }
}

impl TryFrom<OffsetDateTime> for Timestamp {
    type Error = InvalidTimestamp;

    /// Truncates the instant to whole microseconds.
    fn try_from(instant: OffsetDateTime) -> Result<Self, Self::Error> {
        let utc = instant.checked_to_offset(UtcOffset::UTC).ok_or(InvalidTimestamp)?;
        let whole = utc
            .replace_nanosecond(utc.microsecond() * 1_000)
            .map_err(|_| InvalidTimestamp)?;
        if (0..=9999).contains(&whole.year()) {
            Ok(Self(whole))
        } else {
            Err(InvalidTimestamp)
        }
    }
}

impl TryFrom<SystemTime> for Timestamp {
    type Error = InvalidTimestamp;

    /// Truncates the instant to whole microseconds.
    fn try_from(instant: SystemTime) -> Result<Self, Self::Error> {
        let micros = match instant.duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_micros()),
            Err(before) => i64::try_from(before.duration().as_nanos().div_ceil(1_000)).map(|micros| -micros),
        };
        Self::from_unix_micros(micros.map_err(|_| InvalidTimestamp)?)
    }
}

impl From<Timestamp> for OffsetDateTime {
    fn from(timestamp: Timestamp) -> Self {
        timestamp.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Behaviours: R2.10.
    #[test]
    fn cuts_off_what_is_finer_than_a_microsecond() {
        let instant: Timestamp = "1969-12-31T23:59:59.999999999Z".parse().unwrap();
        assert_eq!(instant.unix_micros(), -1);
    }

    #[test]
    fn takes_the_time_of_the_system() {
        let nanosecond = std::time::Duration::from_nanos(1);
        assert_eq!(Timestamp::try_from(UNIX_EPOCH + nanosecond).unwrap().unix_micros(), 0);
        assert_eq!(Timestamp::try_from(UNIX_EPOCH - nanosecond).unwrap().unix_micros(), -1);
    }

    #[test]
    fn refuses_what_rfc_3339_cannot_write() {
        assert_eq!("yesterday".parse::<Timestamp>(), Err(InvalidTimestamp));
        assert_eq!("9999-12-31T23:59:59-01:00".parse::<Timestamp>(), Err(InvalidTimestamp));
        assert_eq!(Timestamp::from_unix_micros(i64::MAX), Err(InvalidTimestamp));
    }

    proptest! {
        #[test]
        fn survives_text_and_microseconds(micros in -62_167_219_200_000_000_i64..253_402_300_799_999_999) {
            let instant = Timestamp::from_unix_micros(micros).unwrap();
            prop_assert_eq!(instant.unix_micros(), micros);
            prop_assert_eq!(instant.to_string().parse::<Timestamp>(), Ok(instant));
        }
    }
}
