use std::io;

use eventstore_core::{BoxError, Error};
use sqlx::error::DatabaseError;
use tokio::time::error::Elapsed;

use crate::{Layout, PostgresConfig};

/// The SQLSTATE classes and codes that callers react to, by the `PostgreSQL` manual, appendix A.
mod sqlstate {
    pub(super) const CONNECTION_EXCEPTION: &str = "08";
    pub(super) const INSUFFICIENT_RESOURCES: &str = "53";
    pub(super) const OPERATOR_INTERVENTION: &str = "57";
    /// The one intervention after which the server is certain to have undone the statement.
    pub(super) const QUERY_CANCELLED: &str = "57014";
    pub(super) const INVALID_AUTHORIZATION: &str = "28";
    pub(super) const INSUFFICIENT_PRIVILEGE: &str = "42501";
    pub(super) const INVALID_CATALOG_NAME: &str = "3D000";
    pub(super) const DEPENDENT_OBJECTS_STILL_EXIST: &str = "2BP01";
    pub(super) const INVALID_SCHEMA_NAME: &str = "3F000";
    pub(super) const UNDEFINED_TABLE: &str = "42P01";
    pub(super) const FOREIGN_KEY_VIOLATION: &str = "23503";
    pub(super) const UNIQUE_VIOLATION: &str = "23505";
    pub(super) const DUPLICATE_TABLE: &str = "42P07";
    pub(super) const DUPLICATE_FUNCTION: &str = "42723";
    pub(super) const SERIALIZATION_FAILURE: &str = "40001";
    pub(super) const DEADLOCK_DETECTED: &str = "40P01";
    pub(super) const LOCK_NOT_AVAILABLE: &str = "55P03";
    pub(super) const READ_ONLY_TRANSACTION: &str = "25006";
    pub(super) const NO_ACTIVE_TRANSACTION: &str = "25P01";
    pub(super) const IN_FAILED_TRANSACTION: &str = "25P02";
    pub(super) const INVALID_TEXT_REPRESENTATION: &str = "22P02";
    pub(super) const UNTRANSLATABLE_CHARACTER: &str = "22P05";
    pub(super) const CHARACTER_NOT_IN_REPERTOIRE: &str = "22021";
    pub(super) const NUMERIC_VALUE_OUT_OF_RANGE: &str = "22003";
    pub(super) const PROGRAM_LIMIT_EXCEEDED: &str = "54000";
    pub(super) const DATA_EXCEPTION: &str = "22";
    pub(super) const LIMIT_EXCEEDED: &str = "54";
}

/// Maps a failure to connect; names the server, never the credentials.
pub(crate) fn connecting(config: &PostgresConfig, error: sqlx::Error) -> Error {
    match error {
        sqlx::Error::Database(database) => from_database(database, Context::Reading),
        error => Error::Unavailable {
            message: format!("cannot connect to {}", config.server()),
            source: Some(Box::new(error)),
        },
    }
}

/// Why there is no transaction: whatever was to be done in it, nothing was changed.
#[derive(Debug, thiserror::Error)]
#[error("no transaction was begun")]
struct NotBegun(#[source] sqlx::Error);

/// A failure to begin a transaction, after which its connection cannot be used again.
pub(crate) fn not_begun(error: sqlx::Error) -> sqlx::Error {
    sqlx::Error::Io(io::Error::other(NotBegun(error)))
}

/// No answer came in time.
pub(crate) fn timed_out(elapsed: Elapsed) -> sqlx::Error {
    sqlx::Error::Io(io::Error::new(io::ErrorKind::TimedOut, elapsed))
}

/// Maps a failure of a statement that may be repeated without harm.
pub(crate) fn reading(error: sqlx::Error) -> Error {
    map(error, Context::Reading)
}

/// Maps a failure of a statement that may have been carried out although its answer was lost.
pub(crate) fn writing(error: sqlx::Error) -> Error {
    map(error, Context::Writing)
}

/// Whether an event cannot be stored, or linked, because it stands there already.
pub(crate) fn is_duplicate(error: &sqlx::Error, layout: Layout) -> bool {
    error.as_database_error().is_some_and(|error| {
        let constraint = error.constraint().unwrap_or_default();
        error.code().as_deref() == Some(sqlstate::UNIQUE_VIOLATION)
            && layout.duplicate_constraints().contains(&constraint)
    })
}

/// Whether a statement was refused because there is no transaction.
pub(crate) fn is_no_transaction(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.as_deref() == Some(sqlstate::NO_ACTIVE_TRANSACTION)
}

/// Whether the server gave up waiting for a lock.
pub(crate) fn is_lock_timeout(error: &Error) -> bool {
    let Error::Aborted { source } = error else {
        return false;
    };
    let database = source.downcast_ref().and_then(sqlx::Error::as_database_error);
    database.and_then(DatabaseError::code).as_deref() == Some(sqlstate::LOCK_NOT_AVAILABLE)
}

/// Whether the server could not take a value: it is malformed, or beyond a limit.
pub(crate) fn is_about_values(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.is_some_and(|code| code.starts_with(sqlstate::DATA_EXCEPTION) || code.starts_with(sqlstate::LIMIT_EXCEEDED))
}

/// What the server says, without the details, in which values stand.
pub(crate) fn message(error: &sqlx::Error) -> String {
    error
        .as_database_error()
        .map_or_else(|| error.to_string(), |database| database.message().to_owned())
}

/// Whether the server answered and went on, so that the connection can be used again.
pub(crate) fn leaves_connection_usable(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(database) => match database.code().as_deref() {
            Some(sqlstate::QUERY_CANCELLED) => true,
            // After a failover the same name may lead to a server that can be written to.
            Some(sqlstate::READ_ONLY_TRANSACTION) | None => false,
            Some(code) => {
                !code.starts_with(sqlstate::OPERATOR_INTERVENTION) && !code.starts_with(sqlstate::CONNECTION_EXCEPTION)
            }
        },
        sqlx::Error::RowNotFound | sqlx::Error::ColumnDecode { .. } => true,
        _ => false,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Context {
    Reading,
    Writing,
}

fn map(error: sqlx::Error, context: Context) -> Error {
    match error {
        sqlx::Error::Io(error) => match error.downcast() {
            Ok(NotBegun(error)) => map(error, Context::Reading),
            Err(error) => lost(sqlx::Error::Io(error), context),
        },
        sqlx::Error::Database(database) => from_database(database, context),
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::Encode(_) => {
            storage("a value could not be decoded", error)
        }
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => unavailable("the shared pool has no connection", error),
        error => lost(error, context),
    }
}

fn lost(error: sqlx::Error, context: Context) -> Error {
    match context {
        Context::Writing => Error::OutcomeUnknown {
            source: Box::new(error),
        },
        Context::Reading => Error::Unavailable {
            message: "the connection was lost".to_owned(),
            source: Some(Box::new(error)),
        },
    }
}

fn from_database(database: Box<dyn DatabaseError>, context: Context) -> Error {
    let code = database.code().map(std::borrow::Cow::into_owned).unwrap_or_default();
    let message = database.message().to_owned();
    let error = sqlx::Error::Database(database);
    match code.as_str() {
        sqlstate::INSUFFICIENT_PRIVILEGE => Error::AccessDenied {
            message,
            source: Box::new(error),
        },
        sqlstate::INVALID_CATALOG_NAME => Error::NotInitialised {
            message: format!("{message}: create the database first"),
        },
        sqlstate::DEPENDENT_OBJECTS_STILL_EXIST => Error::invalid_input("schema", &message),
        sqlstate::INVALID_SCHEMA_NAME | sqlstate::UNDEFINED_TABLE => Error::NotInitialised {
            message: format!("{message}: initialise the event store first"),
        },
        sqlstate::DUPLICATE_TABLE | sqlstate::DUPLICATE_FUNCTION => Error::NotInitialised {
            message: format!("{message}: choose another schema"),
        },
        // A foreign key is violated only by somebody who linked to, or appended to, what was deleted meanwhile.
        sqlstate::SERIALIZATION_FAILURE
        | sqlstate::DEADLOCK_DETECTED
        | sqlstate::LOCK_NOT_AVAILABLE
        | sqlstate::FOREIGN_KEY_VIOLATION => Error::Aborted {
            source: Box::new(error),
        },
        sqlstate::READ_ONLY_TRANSACTION => unavailable("the server is read-only", error),
        sqlstate::IN_FAILED_TRANSACTION => Error::invalid_input("connection", "its transaction has failed"),
        sqlstate::UNTRANSLATABLE_CHARACTER | sqlstate::CHARACTER_NOT_IN_REPERTOIRE => {
            Error::invalid_input("text", &message)
        }
        sqlstate::INVALID_TEXT_REPRESENTATION => Error::invalid_input("payload", &message),
        sqlstate::NUMERIC_VALUE_OUT_OF_RANGE => Error::invalid_input("version", &message),
        sqlstate::PROGRAM_LIMIT_EXCEEDED => Error::invalid_input("length", &message),
        code => from_class(code, message, error, context),
    }
}

fn from_class(code: &str, message: String, error: sqlx::Error, context: Context) -> Error {
    match code.get(..2).unwrap_or_default() {
        sqlstate::INVALID_AUTHORIZATION => Error::AccessDenied {
            message,
            source: Box::new(error),
        },
        sqlstate::OPERATOR_INTERVENTION | sqlstate::CONNECTION_EXCEPTION
            if code != sqlstate::QUERY_CANCELLED && context == Context::Writing =>
        {
            lost(error, context)
        }
        sqlstate::CONNECTION_EXCEPTION | sqlstate::INSUFFICIENT_RESOURCES | sqlstate::OPERATOR_INTERVENTION => {
            unavailable(&message, error)
        }
        _ => storage(&message, error),
    }
}

fn unavailable(message: &str, error: sqlx::Error) -> Error {
    Error::Unavailable {
        message: message.to_owned(),
        source: Some(Box::new(error)),
    }
}

fn storage(message: &str, error: sqlx::Error) -> Error {
    Error::Storage {
        message: message.to_owned(),
        source: Box::new(error),
    }
}

/// Reports a stored value that no store of ours writes.
pub(crate) fn damaged(error: impl Into<BoxError>) -> Error {
    Error::Storage {
        message: "a stored value is damaged".to_owned(),
        source: error.into(),
    }
}

/// Names the event that a value of is damaged, by its number where it was read.
pub(crate) fn of_event(number: i64, error: Error) -> Error {
    match error {
        Error::Storage { message, source } => Error::Storage {
            message: format!("event {number}: {message}"),
            source,
        },
        error => error,
    }
}
