//! What went wrong between the store and its server, as callers see it.

mod limit;
mod meaning;
mod payload;
mod sequence;

use std::io;

use eventstore_core::{BoxError, Error};
use sqlx::error::DatabaseError;
use sqlx::postgres::{PgDatabaseError, PgSeverity};
use tokio::time::error::Elapsed;

use crate::values::Layout;

pub(crate) use limit::Limit;
pub(crate) use payload::refusal_of_payload;

use limit::Late;
use meaning::Meaning;

/// Maps a failure to connect; names the server, never the credentials.
pub(crate) fn connecting(server: &str, error: sqlx::Error) -> Error {
    match error {
        sqlx::Error::Database(database) if is_refused_startup(&*database) => passing_session(database.message()),
        sqlx::Error::Database(database) => from_database(database, Context::Reading),
        error => Error::Unavailable {
            message: format!("cannot connect to {server}"),
            source: Some(Box::new(error)),
        },
    }
}

/// No transaction could be begun: nothing was changed.
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

/// Whether the server knows another password of the user.
pub(crate) fn is_refused_password(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.is_some_and(|code| code == "28P01")
}

/// Whether an event cannot be stored, or linked, because it already is.
pub(crate) fn is_duplicate(error: &sqlx::Error, layout: Layout) -> bool {
    error.as_database_error().is_some_and(|error| {
        let constraint = error.constraint().unwrap_or_default();
        meaning_of(error) == Meaning::Duplicate && layout.duplicate_constraints().contains(&constraint)
    })
}

/// Whether a database to create already exists, or another session is creating it.
pub(crate) fn is_existing_database(error: &sqlx::Error) -> bool {
    matches!(meaning(error), Some(Meaning::DatabaseExists | Meaning::Duplicate))
}

/// Whether a statement was refused because there is no transaction.
pub(crate) fn is_no_transaction(error: &sqlx::Error) -> bool {
    meaning(error) == Some(Meaning::NoTransaction)
}

/// Whether a statement met a change of another transaction that a stricter isolation than read committed forbids.
pub(crate) fn is_not_serializable(error: &sqlx::Error) -> bool {
    meaning(error) == Some(Meaning::NotSerializable)
}

/// Whether the server gave up waiting for a lock.
pub(crate) fn is_lock_timeout(error: &Error) -> bool {
    matches!(error, Error::Aborted { source } if meaning_of_source(source) == Some(Meaning::Locked))
}

/// Whether the server has no room for another connection.
pub(crate) fn is_too_many_connections(error: &Error) -> bool {
    let Error::Unavailable {
        source: Some(source), ..
    } = error
    else {
        return false;
    };
    meaning_of_source(source) == Some(Meaning::TooManyConnections)
}

/// Whether the server did not accept a value: it is malformed, or beyond a limit.
pub(crate) fn is_about_values(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.is_some_and(|code| meaning::is_about_values(&code))
}

/// Whether the server answered and went on, so that the connection can be used again.
pub(crate) fn leaves_connection_usable(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(database) => !is_fatal(&**database) && meaning_of(&**database).leaves_connection_usable(),
        sqlx::Error::RowNotFound | sqlx::Error::ColumnDecode { .. } => true,
        _ => false,
    }
}

fn meaning(error: &sqlx::Error) -> Option<Meaning> {
    error.as_database_error().map(meaning_of)
}

fn meaning_of_source(source: &BoxError) -> Option<Meaning> {
    source.downcast_ref().and_then(meaning)
}

fn meaning_of(error: &dyn DatabaseError) -> Meaning {
    Meaning::of(&error.code().unwrap_or_default(), is_fatal(error))
}

/// Whether the server has ended the session, whatever the code.
fn is_fatal(error: &dyn DatabaseError) -> bool {
    error
        .try_downcast_ref::<PgDatabaseError>()
        .is_some_and(|error| matches!(error.severity(), PgSeverity::Fatal | PgSeverity::Panic))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Context {
    Reading,
    Writing,
}

fn map(error: sqlx::Error, context: Context) -> Error {
    match error {
        sqlx::Error::Io(error) => from_io(error, context),
        sqlx::Error::Database(database) => from_database(database, context),
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::Encode(_) => {
            storage("a value could not be decoded", error)
        }
        sqlx::Error::PoolTimedOut => Error::TimedOut {
            setting: "acquire_timeout",
            message: "no connection of the shared pool became free".to_owned(),
            source: Some(Box::new(error)),
        },
        sqlx::Error::PoolClosed => unavailable("the shared pool is closed", error),
        error => lost(error, context),
    }
}

fn from_io(error: io::Error, context: Context) -> Error {
    let error = match error.downcast() {
        Ok(NotBegun(error)) => return map(error, Context::Reading),
        Err(error) => error,
    };
    let late = error.get_ref().and_then(|source| source.downcast_ref::<Late>());
    match late {
        Some(late) if context == Context::Reading => Error::TimedOut {
            setting: late.setting,
            message: late.to_string(),
            source: None,
        },
        _ => lost(sqlx::Error::Io(error), context),
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
    let meaning = meaning_of(&*database);
    let has_ended = is_fatal(&*database) || matches!(meaning, Meaning::Lost | Meaning::Protocol | Meaning::Overdue(_));
    let message = database.message().to_owned();
    let remedy = sequence::remedy(&*database);
    let is_stale = is_stale_plan(&*database);
    let error = sqlx::Error::Database(database);
    if has_ended && context == Context::Writing && !meaning.is_before_the_statement() {
        return lost(error, context);
    }
    match meaning {
        Meaning::AccessDenied => Error::AccessDenied {
            message,
            source: Box::new(error),
        },
        Meaning::NoDatabase => not_initialized(&message, "create the database first"),
        Meaning::NoTables => not_initialized(&message, "initialize the event store first"),
        Meaning::NameTaken => not_initialized(&message, "choose another schema"),
        Meaning::StillNeeded => Error::invalid_input("schema", &message),
        Meaning::Aborted | Meaning::NotSerializable | Meaning::Locked => Error::Aborted {
            source: Box::new(error),
        },
        Meaning::Cancelled if is_by_request(&message) => unavailable(&message, error),
        Meaning::Cancelled => timed_out_by("statement_timeout", message, error),
        Meaning::Idle(setting) | Meaning::Overdue(setting) => timed_out_by(setting, message, error),
        Meaning::Lost | Meaning::Protocol | Meaning::TooManyConnections | Meaning::Exhausted => {
            unavailable(&message, error)
        }
        Meaning::ReadOnly => unavailable("the server is read-only", error),
        Meaning::FailedTransaction => Error::invalid_input("connection", "its transaction has failed"),
        Meaning::OtherSession => passing_session(&message),
        Meaning::Value(argument) => Error::invalid_input(argument, &message),
        Meaning::Stale if is_stale => unavailable("the tables were changed while the connection was open", error),
        Meaning::Duplicate => storage(remedy.unwrap_or(&message), error),
        Meaning::DatabaseExists | Meaning::NoTransaction | Meaning::Stale | Meaning::Other => storage(&message, error),
    }
}

/// Whether a statement was prepared before a column of its result changed its type or collation: the server refuses it on this
/// connection from then on, and accepts it on another one. One of our triggers refuses with the same code.
fn is_stale_plan(error: &dyn DatabaseError) -> bool {
    let error = error.try_downcast_ref::<PgDatabaseError>();
    error.is_some_and(|error| error.routine() == Some("RevalidateCachedQuery"))
}

/// The code is the same for a statement that took too long and for one that an operator canceled. The text may be in any
/// language; a text that is not understood counts as "took too long".
fn is_by_request(message: &str) -> bool {
    message.contains("user request")
}

/// Whether a pooler refuses a session with settings of its own.
fn is_refused_startup(error: &dyn DatabaseError) -> bool {
    meaning_of(error) == Meaning::Protocol && error.message().contains("startup parameter")
}

/// The error for a session that does not outlast one transaction (ADR 34).
pub(crate) fn passing_session(message: &str) -> Error {
    let reason = format!(
        "{message}: the connection seems to lead to a pooler, as PgBouncer, that does not keep sessions; set \
         `transaction_pooling=true`, and `session_url` to the server itself"
    );
    Error::invalid_input("transaction_pooling", &reason)
}

fn not_initialized(message: &str, remedy: &str) -> Error {
    Error::NotInitialized {
        message: format!("{message}: {remedy}"),
    }
}

fn timed_out_by(setting: &'static str, message: String, error: sqlx::Error) -> Error {
    Error::TimedOut {
        setting,
        message,
        source: Some(Box::new(error)),
    }
}

fn unavailable(message: &str, error: sqlx::Error) -> Error {
    Error::Unavailable {
        message: message.to_owned(),
        source: Some(Box::new(error)),
    }
}

fn storage(message: &str, error: sqlx::Error) -> Error {
    Error::storage(message, error)
}

/// Reports a stored value that our library never writes.
pub(crate) fn damaged(error: impl Into<BoxError>) -> Error {
    Error::corrupt(error)
}

/// Names the event to which a damaged value belongs, by the number under which it was read.
pub(crate) fn of_event(number: i64, error: Error) -> Error {
    match error {
        Error::Storage { message, source } => Error::Storage {
            message: format!("event {number}: {message}"),
            source,
        },
        error => error,
    }
}
