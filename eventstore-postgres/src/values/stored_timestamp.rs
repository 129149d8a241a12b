use eventstore_core::Timestamp;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgTypeInfo, PgValueRef, Postgres};
use sqlx::{Decode, Type};
use thiserror::Error;
use time::OffsetDateTime;

/// Microseconds from 1970-01-01 to 2000-01-01, from which the server counts.
const EPOCH: i64 = 946_684_800_000_000;

/// An instant as the server keeps it, which reaches further than a [`Timestamp`] does: to `infinity`, and to years of six
/// digits. The driver's own type panics on these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StoredTimestamp(i64);

/// Why an instant of the server's cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum UnreadableTime {
    #[error("the time infinity")]
    Infinity,
    #[error("the time -infinity")]
    MinusInfinity,
    #[error("a time outside the years 0000 to 9999")]
    OutOfRange,
}

impl Type<Postgres> for StoredTimestamp {
    fn type_info() -> PgTypeInfo {
        <OffsetDateTime as Type<Postgres>>::type_info()
    }
}

impl Decode<'_, Postgres> for StoredTimestamp {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        <i64 as Decode<Postgres>>::decode(value).map(Self)
    }
}

impl TryFrom<StoredTimestamp> for Timestamp {
    type Error = UnreadableTime;

    fn try_from(stored: StoredTimestamp) -> Result<Self, Self::Error> {
        match stored.0 {
            i64::MAX => Err(UnreadableTime::Infinity),
            i64::MIN => Err(UnreadableTime::MinusInfinity),
            micros => {
                let micros = micros.checked_add(EPOCH).ok_or(UnreadableTime::OutOfRange)?;
                Self::from_unix_micros(micros).map_err(|_| UnreadableTime::OutOfRange)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_a_timestamp_can_hold_and_names_what_it_cannot() {
        let first: Timestamp = "0000-01-01T00:00:00Z".parse().unwrap();
        let last: Timestamp = "9999-12-31T23:59:59.999999Z".parse().unwrap();
        for timestamp in [first, last] {
            let stored = StoredTimestamp(timestamp.unix_micros() - EPOCH);
            assert_eq!(Timestamp::try_from(stored), Ok(timestamp));
        }
        for (micros, reason) in [
            (i64::MAX, UnreadableTime::Infinity),
            (i64::MIN, UnreadableTime::MinusInfinity),
            (i64::MAX - 1, UnreadableTime::OutOfRange),
            (first.unix_micros() - EPOCH - 1, UnreadableTime::OutOfRange),
            (last.unix_micros() - EPOCH + 1, UnreadableTime::OutOfRange),
        ] {
            assert_eq!(Timestamp::try_from(StoredTimestamp(micros)), Err(reason), "{micros}");
        }
    }
}
