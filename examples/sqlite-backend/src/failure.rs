use eventstore_core::{BoxError, Error};
use rusqlite::ErrorCode;

/// Why a transaction was given up: for a reason of the contract, or of the database.
pub(crate) enum Failure {
    Refused(Error),
    Sqlite(rusqlite::Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(error) => error,
            Failure::Sqlite(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => Self::Unavailable {
                message: "another process holds the write lock".to_owned(),
                source: Some(Box::new(error)),
            },
            Failure::Sqlite(error) => storage("the database could not do what was asked", error),
        }
    }
}

pub(crate) fn storage(message: &str, source: impl Into<BoxError>) -> Error {
    Error::Storage {
        message: message.to_owned(),
        source: source.into(),
    }
}

/// What stands in the database as a value of ours.
pub(crate) fn stored<T, S>(value: S) -> Result<T, Failure>
where
    T: TryFrom<S, Error: Into<BoxError>>,
{
    let invalid = |error: T::Error| storage("the database holds an invalid value", error);
    T::try_from(value).map_err(|error| invalid(error).into())
}
