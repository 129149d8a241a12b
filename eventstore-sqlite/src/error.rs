//! What an error of SQLite means to the caller. The codes are those of <https://www.sqlite.org/rescode.html>.

use eventstore_core::Error;

/// A cause.
type Source = Box<dyn std::error::Error + Send + Sync>;

const PERMISSION: u32 = 3;
const BUSY: u32 = 5;
const LOCKED: u32 = 6;
const OUT_OF_MEMORY: u32 = 7;
const READ_ONLY: u32 = 8;
const CORRUPT: u32 = 11;
const FULL: u32 = 13;
const CANNOT_OPEN: u32 = 14;
const PROTOCOL: u32 = 15;
const TOO_BIG: u32 = 18;
const NOT_A_DATABASE: u32 = 26;

const UNIQUE_VIOLATED: u32 = 2067;

/// The name of the setting that limits how long a call waits.
pub(crate) const BUSY_TIMEOUT: &str = "busy_timeout";

/// An error of SQLite, as one of the two ways to it reports it (ADR 60).
pub(crate) trait Failure: std::error::Error + Send + Sync + Sized + 'static {
    /// What SQLite says; `None` if the error is not SQLite's own.
    fn extended_code(&self) -> Option<u32>;

    /// What an error means that is not SQLite's own.
    fn explain(self) -> Error;
}

impl Failure for sqlx::Error {
    fn extended_code(&self) -> Option<u32> {
        self.as_database_error()?.code()?.parse().ok()
    }

    fn explain(self) -> Error {
        match self {
            Self::PoolTimedOut => timed_out("no connection was free", None),
            Self::PoolClosed => Error::StoreClosed,
            error @ (Self::ColumnDecode { .. } | Self::Decode(_)) => Error::corrupt(error),
            error @ (Self::Io(_) | Self::WorkerCrashed) => Error::Unavailable {
                message: "the connection to the file has ended".to_owned(),
                source: Some(error.into()),
            },
            error => Error::storage("a statement failed", error),
        }
    }
}

impl Failure for rusqlite::Error {
    fn extended_code(&self) -> Option<u32> {
        let code = self.sqlite_error()?.extended_code;
        u32::try_from(code).ok()
    }

    fn explain(self) -> Error {
        match self {
            error @ (Self::InvalidColumnType(..)
            | Self::FromSqlConversionFailure(..)
            | Self::IntegralValueOutOfRange(..)) => Error::corrupt(error),
            error => Error::storage("a statement failed", error),
        }
    }
}

/// An error of a statement that was not, or not yet, committed: nothing was changed.
pub(crate) fn failed(error: impl Failure) -> Error {
    match error.extended_code() {
        Some(code) => by_code(code, error),
        None => error.explain(),
    }
}

/// An error of a commit. SQLite undoes a transaction for which there is no room. After another failure, as of a sync, only the file
/// tells whether it was committed.
pub(crate) fn commit_failed(error: impl Failure) -> Error {
    match error.extended_code() {
        Some(code) if matches!(primary(code), BUSY | FULL | READ_ONLY) => failed(error),
        _ => Error::OutcomeUnknown { source: error.into() },
    }
}

fn by_code(code: u32, error: impl Failure) -> Error {
    let unavailable = |message: &str, source: Source| Error::Unavailable {
        message: message.to_owned(),
        source: Some(source),
    };
    let source = error.into();
    match primary(code) {
        BUSY | LOCKED => timed_out("another writer of the file did not end in time", Some(source)),
        FULL => unavailable(
            "the disk is full, or the file is as large as `max_bytes` allows",
            source,
        ),
        CANNOT_OPEN => unavailable("the file cannot be opened", source),
        // Processes that recover the log at the same time have hindered each other.
        PROTOCOL => unavailable("the log of the file is being recovered", source),
        TOO_BIG => Error::invalid_input("data", "it is larger than SQLite can store"),
        OUT_OF_MEMORY => unavailable("out of memory", source),
        READ_ONLY | PERMISSION => Error::AccessDenied {
            message: "the file is read-only".to_owned(),
            source,
        },
        NOT_A_DATABASE => Error::NotInitialized {
            message: "the file is not a database of SQLite".to_owned(),
        },
        CORRUPT => Error::storage("the file is damaged", source),
        _ => Error::storage("a statement failed", source),
    }
}

pub(crate) fn timed_out(message: &str, source: Option<Source>) -> Error {
    Error::TimedOut {
        setting: BUSY_TIMEOUT,
        message: message.to_owned(),
        source,
    }
}

/// Whether another connection has the file.
pub(crate) fn is_busy(error: &impl Failure) -> bool {
    let code = error.extended_code();
    code.is_some_and(|code| matches!(primary(code), BUSY | LOCKED))
}

/// Whether the error is that another connection has the file.
pub(crate) fn has_timed_out(error: &Error) -> bool {
    matches!(error, Error::TimedOut { setting, .. } if *setting == BUSY_TIMEOUT)
}

/// Whether a row has the same unique value as another one.
pub(crate) fn is_duplicate(error: &impl Failure) -> bool {
    error.extended_code() == Some(UNIQUE_VIOLATED)
}

/// The low byte is the kind of error; the rest says more about it.
fn primary(code: u32) -> u32 {
    code & 0xff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_passes_is_retryable() {
        for (code, is_passing) in [
            (BUSY, true),
            (PROTOCOL, true),
            (FULL, true),
            (CORRUPT, false),
            (1, false),
        ] {
            let error = by_code(code, sqlx::Error::RowNotFound);
            assert_eq!(error.is_retryable(), is_passing, "{code}: {error:?}");
        }
        assert!(failed(sqlx::Error::WorkerCrashed).is_retryable());
        for error in [sqlx::Error::RowNotFound, sqlx::Error::InvalidSavePointStatement] {
            assert!(matches!(failed(error), Error::Storage { .. }));
        }
    }

    #[test]
    fn what_is_too_large_for_sqlite_is_the_callers_fault() {
        let error = by_code(TOO_BIG, sqlx::Error::RowNotFound);
        assert!(
            matches!(error, Error::InvalidInput { argument: "data", .. }),
            "{error:?}"
        );
    }
}
