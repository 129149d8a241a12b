use std::fmt;

use thiserror::Error;

use crate::{EventId, EventNumber, ExpectedVersion, StreamName, StreamVersion, SubscriptionKey};

/// An error of another library, kept as the source of ours.
pub type BoxError = Box<dyn std::error::Error + Send + Sync + 'static>;

/// What a call to an event store returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call failed: one variant for each reaction that a caller may choose.
///
/// Whatever the variant, a failed call has changed nothing, except [`Error::OutcomeUnknown`].
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The stream does not stand at the version that the caller expected.
    #[error("stream {stream:?} was expected at {expected}, but {}", describe_version(*actual))]
    WrongExpectedVersion {
        /// The stream that was to be changed.
        stream: StreamName,
        /// What the caller expected.
        expected: ExpectedVersion,
        /// Where the stream stands; `None` if it does not exist.
        actual: Option<StreamVersion>,
    },
    /// The stream was expected not to exist, but holds events.
    #[error("stream {stream:?} already exists at version {version}")]
    StreamAlreadyExists {
        /// The stream that was to be created.
        stream: StreamName,
        /// Where the stream stands.
        version: StreamVersion,
    },
    /// There is no such stream.
    #[error("stream {stream:?} does not exist")]
    StreamNotFound {
        /// The stream that was asked for.
        stream: StreamName,
    },
    /// The stream was deleted.
    #[error("stream {stream:?} has been deleted")]
    StreamDeleted {
        /// The stream that was asked for.
        stream: StreamName,
    },
    /// An event with this id is already stored, or stands twice in one append.
    #[error("an event with the id {event_id} already exists")]
    DuplicateEvent {
        /// The id that is not new.
        event_id: EventId,
    },
    /// An event with this id is stored with another type or other data.
    #[error("the event {event_id} is stored with another type or other data")]
    DifferentContent {
        /// The id that both have.
        event_id: EventId,
    },
    /// Some of the events to link do not exist.
    #[error("there are no events with the ids {}", list(event_ids))]
    EventsNotFound {
        /// The ids that no event has.
        event_ids: Vec<EventId>,
    },
    /// There is no such subscription.
    #[error("there is no subscription {:?} to {:?}", key.name.as_str(), key.selector.as_str())]
    SubscriptionNotFound {
        /// The subscription that was asked for.
        key: SubscriptionKey,
    },
    /// Somebody runs the subscription that was to be changed.
    #[error("the subscription {:?} to {:?} is in use", key.name.as_str(), key.selector.as_str())]
    SubscriptionHeld {
        /// The subscription that was to be changed.
        key: SubscriptionKey,
    },
    /// The checkpoint of a subscription was to be set beyond the end of its stream, where it would skip what is appended next.
    #[error(
        "the subscription {:?} cannot go on after event {checkpoint}: {:?} ends with event {head}",
        key.name.as_str(), key.selector.as_str()
    )]
    BeyondHead {
        /// The subscription that was to be changed.
        key: SubscriptionKey,
        /// The checkpoint that was to be set.
        checkpoint: EventNumber,
        /// Where the stream ends; 0 if it does not exist.
        head: EventNumber,
    },
    /// Hard deletes were not enabled for this store.
    #[error("hard deletes are not enabled for this store")]
    HardDeletesDisabled,
    /// An argument that no store can accept.
    #[error("invalid {argument}: {reason}")]
    InvalidInput {
        /// The argument at fault.
        argument: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// A payload could not be serialized, or a stored one is not what was asked for.
    #[error("{message}")]
    Payload {
        /// What could not be done, and the event at fault if one is.
        message: String,
        /// The serializer's own error.
        source: BoxError,
    },
    /// The store was closed by its owner: it takes no more calls.
    #[error("the store has been closed")]
    StoreClosed,
    /// There is no event store where one was looked for, or one that this version cannot work on.
    #[error("{message}")]
    NotInitialised {
        /// What was found, and the remedy.
        message: String,
    },
    /// The storage refused the credentials, or the user lacks a right.
    #[error("access denied: {message}")]
    AccessDenied {
        /// What was refused.
        message: String,
        /// The storage's own error.
        source: BoxError,
    },
    /// The storage could not be reached, had no room for the call, or did not answer; nothing was changed.
    #[error("the storage is unavailable: {message}")]
    Unavailable {
        /// What was tried.
        message: String,
        /// The storage's own error, where there is one.
        source: Option<BoxError>,
    },
    /// The call took longer than a setting allows; nothing was changed.
    ///
    /// The same call may succeed when the storage is less busy; else ask for less at once, or raise the setting.
    #[error("timed out by `{setting}`: {message}")]
    TimedOut {
        /// The setting that holds the limit, such as `statement_timeout`.
        setting: &'static str,
        /// What took so long.
        message: String,
        /// The storage's own error, where there is one.
        source: Option<BoxError>,
    },
    /// The storage did not confirm a change, which may or may not have been made: a connection was lost before the answer, the
    /// answer took too long, or an embedded storage could not make a commit durable.
    ///
    /// Calling again with the same event ids cannot store them twice. If the first call was carried out, the second is
    /// refused: with [`DuplicateEvent`](Self::DuplicateEvent) where any version was expected, else by the version.
    #[error("the outcome is unknown: the storage did not confirm the change; retry with the same event ids")]
    OutcomeUnknown {
        /// The storage's own error.
        source: BoxError,
    },
    /// The storage aborted the call in favour of another one; nothing was changed.
    #[error("the storage aborted the call in favour of a concurrent one")]
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
    /// An [`Error::InvalidInput`] about `argument`.
    pub fn invalid_input(argument: &'static str, reason: &(impl fmt::Display + ?Sized)) -> Self {
        Self::InvalidInput {
            argument,
            reason: reason.to_string(),
        }
    }

    /// An [`Error::Storage`]: what was tried, and the storage's own error.
    pub fn storage(message: impl Into<String>, source: impl Into<BoxError>) -> Self {
        Self::Storage {
            message: message.into(),
            source: source.into(),
        }
    }

    /// An [`Error::Storage`] about a stored value that cannot be what was stored, as in a damaged row.
    ///
    /// It is not the caller's fault, so that it is no [`Error::InvalidInput`].
    pub fn corrupt(source: impl Into<BoxError>) -> Self {
        Self::storage("a stored value is damaged", source)
    }

    /// Whether the stream stands elsewhere than expected: whoever reads it again can decide again.
    pub fn is_conflict(&self) -> bool {
        matches!(
            self,
            Self::WrongExpectedVersion { .. } | Self::StreamAlreadyExists { .. }
        )
    }

    /// Whether the same call can succeed later without any change by the caller.
    ///
    /// An append is safe to repeat if its event ids stay the same.
    pub fn is_retryable(&self) -> bool {
        matches!(
            self,
            Self::Unavailable { .. } | Self::TimedOut { .. } | Self::OutcomeUnknown { .. } | Self::Aborted { .. }
        )
    }
}

fn describe_version(actual: Option<StreamVersion>) -> String {
    actual.map_or_else(
        || "it does not exist".to_owned(),
        |version| format!("it stands at version {version}"),
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
