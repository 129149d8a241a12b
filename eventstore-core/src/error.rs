use std::convert::Infallible;
use std::fmt;

use thiserror::Error;

use crate::{EventId, EventNumber, ExpectedVersion, ProjectionName, StreamName, StreamVersion, SubscriptionKey};

/// An error of another library, kept as the source of an [`Error`](enum@Error).
pub type BoxError = Box<dyn std::error::Error + Send + Sync + 'static>;

/// The result of a call to an event store.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call failed: one variant for each reaction that a caller may choose.
///
/// A failed call has changed nothing, whatever the variant, except [`Error::OutcomeUnknown`].
///
/// Any call may fail with [`Unavailable`](Self::Unavailable), [`TimedOut`](Self::TimedOut), [`AccessDenied`](Self::AccessDenied),
/// [`StoreClosed`](Self::StoreClosed) or [`Storage`](Self::Storage), besides the errors that are special to it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The stream's version is not the expected one.
    #[error("stream {stream:?} was expected at {expected}, but {}", describe_version(*actual))]
    WrongExpectedVersion {
        /// The stream that was to be changed.
        stream: StreamName,
        /// The version that the caller expected.
        expected: ExpectedVersion,
        /// The stream's version; `None` if the stream does not exist.
        actual: Option<StreamVersion>,
    },
    /// The stream was expected not to exist, but holds events.
    #[error("stream {stream:?} already exists at version {version}")]
    StreamAlreadyExists {
        /// The stream that was to be created.
        stream: StreamName,
        /// The stream's version.
        version: StreamVersion,
    },
    /// The stream does not exist.
    #[error("stream {stream:?} does not exist")]
    StreamNotFound {
        /// The requested stream.
        stream: StreamName,
    },
    /// The stream was deleted.
    #[error("stream {stream:?} has been deleted")]
    StreamDeleted {
        /// The requested stream.
        stream: StreamName,
    },
    /// An event with this id is already stored, or the id occurs twice in one append.
    #[error("an event with the id {event_id} already exists")]
    DuplicateEvent {
        /// The id that is not new.
        event_id: EventId,
    },
    /// An event with this id is stored with another type or other data.
    #[error("the event {event_id} is stored with another type or other data")]
    DifferentContent {
        /// The id that both events have.
        event_id: EventId,
    },
    /// Some of the events to link do not exist.
    #[error("there are no events with the ids {}", list(event_ids))]
    EventsNotFound {
        /// The ids that no event has.
        event_ids: Vec<EventId>,
    },
    /// The subscription does not exist.
    #[error("there is no subscription {:?} to {:?}", key.name.as_str(), key.selector.as_str())]
    SubscriptionNotFound {
        /// The requested subscription.
        key: SubscriptionKey,
    },
    /// A holder runs the subscription that was to be changed.
    #[error("the subscription {:?} to {:?} is in use", key.name.as_str(), key.selector.as_str())]
    SubscriptionHeld {
        /// The subscription that was to be changed.
        key: SubscriptionKey,
    },
    /// The projection does not exist, or not in the build that was named.
    #[error("there is no projection {:?}, or no such build of it", name.as_str())]
    ProjectionNotFound {
        /// The requested projection.
        name: ProjectionName,
    },
    /// The subscription is a group whose members have agreed on another setting.
    #[error("the group {:?} has the {setting} {stored:?}, not {requested:?}", key.name.as_str())]
    GroupDiffers {
        /// The key of the group.
        key: SubscriptionKey,
        /// The setting that differs.
        setting: &'static str,
        /// The stored value of the setting.
        stored: String,
        /// The value that the caller asked for.
        requested: String,
    },
    /// The checkpoint of a subscription was to be set beyond the end of its stream, where it would skip the events that are appended next.
    #[error(
        "the subscription {:?} cannot go on after event {checkpoint}: {:?} ends with event {head}",
        key.name.as_str(), key.selector.as_str()
    )]
    BeyondHead {
        /// The subscription that was to be changed.
        key: SubscriptionKey,
        /// The checkpoint that was to be set.
        checkpoint: EventNumber,
        /// The number of the stream's last event; 0 if the stream does not exist.
        head: EventNumber,
    },
    /// Hard deletes are not enabled for this store.
    #[error("hard deletes are not enabled for this store")]
    HardDeletesDisabled,
    /// No store can accept an argument of the call.
    #[error("invalid {argument}: {reason}")]
    InvalidInput {
        /// The argument at fault.
        argument: &'static str,
        /// What is wrong with the argument.
        reason: String,
    },
    /// A payload could not be serialized, or a stored payload is not what the caller asked for.
    #[error("{message}")]
    Payload {
        /// What could not be done, and the event at fault if there is one.
        message: String,
        /// The serializer's own error.
        source: BoxError,
    },
    /// The owner of the store closed it; it accepts no more calls.
    #[error("the store has been closed")]
    StoreClosed,
    /// No event store was found where one was expected, or this version cannot work on the one that was found.
    #[error("{message}")]
    NotInitialized {
        /// What was found, and the remedy.
        message: String,
    },
    /// The storage refused the credentials, or the user lacks a permission.
    #[error("access denied: {message}")]
    AccessDenied {
        /// What was refused.
        message: String,
        /// The storage's own error.
        source: BoxError,
    },
    /// The storage could not be reached, had no capacity for the call, or did not answer; nothing was changed.
    #[error("the storage is unavailable: {message}")]
    Unavailable {
        /// What was tried.
        message: String,
        /// The storage's own error, if there is one.
        source: Option<BoxError>,
    },
    /// The call took longer than a setting allows; nothing was changed.
    ///
    /// The same call may succeed when the storage is less busy. Otherwise, request less at once, or raise the setting.
    #[error("timed out by `{setting}`: {message}")]
    TimedOut {
        /// The setting that defines the limit, such as `statement_timeout`.
        setting: &'static str,
        /// What took too long.
        message: String,
        /// The storage's own error, if there is one.
        source: Option<BoxError>,
    },
    /// The storage did not confirm a change, which may or may not have been made.
    ///
    /// The connection was lost before the answer, the answer took too long, or an embedded storage could not make a commit durable.
    ///
    /// Calling again with the same event ids cannot store the events twice. If the first call was carried out, an idempotent append returns
    /// its receipt. Any other append is refused: by the expected-version check, or with [`DuplicateEvent`](Self::DuplicateEvent) if the
    /// check passes.
    #[error("the outcome is unknown: the storage did not confirm the change; retry with the same event ids")]
    OutcomeUnknown {
        /// The storage's own error.
        source: BoxError,
    },
    /// The storage aborted the call in favor of a concurrent one; nothing was changed.
    #[error("the storage aborted the call in favor of a concurrent one")]
    Aborted {
        /// The storage's own error.
        source: BoxError,
    },
    /// The storage failed in a way that no caller is expected to handle.
    #[error("the storage failed: {message}")]
    Storage {
        /// What was tried.
        message: String,
        /// The storage's own error.
        source: BoxError,
    },
}

impl Error {
    /// Creates an [`Error::InvalidInput`] about `argument`.
    pub fn invalid_input(argument: &'static str, reason: &(impl fmt::Display + ?Sized)) -> Self {
        Self::InvalidInput {
            argument,
            reason: reason.to_string(),
        }
    }

    /// Creates an [`Error::Storage`] from what was tried and the storage's own error.
    pub fn storage(message: impl Into<String>, source: impl Into<BoxError>) -> Self {
        Self::Storage {
            message: message.into(),
            source: source.into(),
        }
    }

    /// Creates an [`Error::Storage`] about a stored value that cannot be what was stored, for example in a damaged row.
    ///
    /// The caller is not at fault, so this is not an [`Error::InvalidInput`].
    pub fn corrupt(source: impl Into<BoxError>) -> Self {
        Self::storage("a stored value is damaged", source)
    }

    /// Whether the expected-version check failed because the stream's version differs: a caller that reads the stream again can decide
    /// again.
    pub fn is_conflict(&self) -> bool {
        matches!(
            self,
            Self::WrongExpectedVersion { .. } | Self::StreamAlreadyExists { .. }
        )
    }

    /// Whether the same call can succeed later without any change by the caller.
    ///
    /// Repeating an append is safe if its event ids stay the same.
    pub fn is_retryable(&self) -> bool {
        matches!(
            self,
            Self::Unavailable { .. } | Self::TimedOut { .. } | Self::OutcomeUnknown { .. } | Self::Aborted { .. }
        )
    }
}

impl From<Infallible> for Error {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

fn describe_version(actual: Option<StreamVersion>) -> String {
    actual.map_or_else(
        || "it does not exist".to_owned(),
        |version| format!("it is at version {version}"),
    )
}

fn list(ids: &[EventId]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EventNumber, EventType, NumberOutOfRange, StreamSelector, SubscriptionName, Timestamp};

    fn is_about_storage(error: &Error) -> bool {
        matches!(error, Error::Storage { message, .. } if message == "a stored value is damaged")
    }

    #[test]
    fn a_damaged_value_is_no_fault_of_the_caller() {
        let number = EventNumber::from_storage(-1_i64).unwrap_err();
        assert!(is_about_storage(&number), "{number:?}");
        let beyond = StreamVersion::from_storage(u64::MAX).unwrap_err();
        assert!(is_about_storage(&beyond), "{beyond:?}");
        let time = Timestamp::from_storage(i64::MAX).unwrap_err();
        assert!(is_about_storage(&time), "{time:?}");
    }

    #[test]
    fn what_another_program_stored_is_taken_as_it_is() {
        assert_eq!(EventType::from_storage("a\0").as_str(), "a\0");
        assert_eq!(SubscriptionName::from_storage("x".repeat(513)).as_str().len(), 513);
        assert_eq!(StreamSelector::from_storage("$all"), StreamSelector::All);
        let long = "x".repeat(3_000);
        assert_eq!(StreamSelector::from_storage(long.as_str()).as_str(), long);
    }

    #[test]
    fn a_number_of_the_caller_is_invalid_input() {
        let error = Error::from(NumberOutOfRange);
        assert!(
            matches!(error, Error::InvalidInput { argument: "number", .. }),
            "{error:?}"
        );
    }
}
