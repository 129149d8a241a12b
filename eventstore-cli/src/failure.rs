use std::io;

use eventstore_core::{Error, EventId, StreamName, StreamVersion};
use eventstore_subscriptions::{AckError, SubscribeError, SubscriptionEnded, WaitError};
use thiserror::Error as ThisError;

use crate::Check;

/// Why the program did not do what it was asked to do.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum Failure {
    /// What is on the command line, or what is to be appended, cannot be used.
    #[error("{0}")]
    Usage(String),
    /// The event store refused or failed.
    #[error(transparent)]
    Store(#[from] Error),
    /// The event store refused an event that was read from this line.
    #[error("line {line}: {error}")]
    Line {
        /// The line of the input, from 1 on.
        line: u64,
        /// Why.
        #[source]
        error: Error,
    },
    /// A failure against which something else helps than with most stores.
    #[error("{failure}")]
    WithRemedy {
        /// The failure.
        #[source]
        failure: Box<Failure>,
        /// What helps.
        remedy: &'static str,
    },
    /// The event to link is in the stream already.
    #[error("the event {event_id} is in the stream {stream:?} already, by a link or as its own; nothing was linked")]
    AlreadyInStream {
        /// The event.
        event_id: EventId,
        /// The stream to link into.
        stream: StreamName,
    },
    /// The event is not parked.
    #[error("the event {0} is not parked")]
    NotParked(EventId),
    /// Some parked events could not be dealt with this time either.
    #[error("events that could not be replayed and stay parked: {0}")]
    NotReplayed(u64),
    /// Something about the event store is not as it should be.
    #[error("{check}: {detail}")]
    Unwell {
        /// What was checked.
        check: &'static str,
        /// What was found.
        detail: String,
    },
    /// The storage did not let the subscription begin.
    #[error("the storage does not let the subscription begin")]
    NotBegun,
    /// The subscription ended without giving a reason.
    #[error("the subscription ended unexpectedly")]
    EndedUnexpectedly,
    /// The subscription was not begun.
    #[error(transparent)]
    Subscribe(#[from] SubscribeError),
    /// The subscription ended on its own.
    #[error(transparent)]
    SubscriptionEnded(#[from] SubscriptionEnded),
    /// The subscription had not reached the event when the wait ended.
    #[error(transparent)]
    Wait(#[from] WaitError),
    /// An acknowledgement was not accepted.
    #[error(transparent)]
    Acknowledgement(#[from] AckError),
    /// The subscription was made to end before its checkpoint was stored.
    #[error("ended at once, before the checkpoint was stored; the next run may print some events again")]
    EndedAtOnce,
    /// The check of the store found damage.
    #[error("the event store is damaged ({0} found); restore it from a backup or repair what the findings name")]
    Damaged(usize),
    /// Migrations are still to be carried out.
    #[error("migrations are pending ({0})")]
    Pending(usize),
    /// There is no snapshot of this.
    #[error("there is no snapshot of {0:?}")]
    NoSnapshot(StreamName),
    /// A snapshot of a later version is recorded.
    #[error("a snapshot of the later version {0} is recorded and stays")]
    LaterSnapshot(StreamVersion),
    /// The operating system refused something that the program needs before it can work.
    #[error("cannot start: {0}")]
    Start(#[source] io::Error),
    /// What was to be printed could not be written.
    #[error("cannot write to the standard output: {0}")]
    Output(#[source] io::Error),
}

impl From<Check> for Failure {
    fn from(check: Check) -> Self {
        Self::Unwell {
            check: check.name,
            detail: check.detail,
        }
    }
}

impl Failure {
    /// Whether the reader of the output has gone, which is no failure.
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// The error of the event store that is behind this, if there is one.
    pub fn store_error(&self) -> Option<&Error> {
        match self {
            Self::Store(error) | Self::Line { error, .. } | Self::Wait(WaitError::Storage(error)) => Some(error),
            Self::SubscriptionEnded(ended) => ended.cause().map(|cause| &**cause),
            Self::Wait(WaitError::TimedOut { source, .. }) => source.as_deref(),
            Self::WithRemedy { failure, .. } => failure.store_error(),
            _ => None,
        }
    }

    /// The failure with what helps against the error of the store behind it, if there is one and this tells.
    pub(crate) fn with_remedy(self, remedy: impl FnOnce(&Error) -> Option<&'static str>) -> Self {
        match self.store_error().and_then(remedy) {
            Some(remedy) => Self::WithRemedy {
                failure: Box::new(self),
                remedy,
            },
            None => self,
        }
    }

    /// What happened, why, and the remedy, on one line; `None` if nothing is to be said.
    pub fn message(&self) -> Option<String> {
        if self.is_broken_pipe() {
            return None;
        }
        let mut text = self.to_string();
        add_causes(&mut text, self);
        if let Some(remedy) = self.remedy() {
            text.push_str("; ");
            text.push_str(remedy);
        }
        Some(text)
    }

    fn remedy(&self) -> Option<&'static str> {
        match self {
            Self::Usage(_) => Some("see --help"),
            Self::WithRemedy { remedy, .. } => Some(remedy),
            Self::Pending(_) => Some("run `eventstore migrate`"),
            Self::LaterSnapshot(_) => Some("use --force to replace it"),
            Self::SubscriptionEnded(SubscriptionEnded::Damaged { .. }) => {
                Some("repair the event, or skip it with `eventstore subscriptions set`")
            }
            Self::SubscriptionEnded(SubscriptionEnded::SubscriptionDeleted) => Some("run it again to create it again"),
            Self::Wait(WaitError::TimedOut { source: None, .. }) => {
                Some("`eventstore subscriptions` tells whether a process runs it; wait longer with --timeout")
            }
            _ => self.store_error().and_then(store_remedy),
        }
    }
}

fn store_remedy(error: &Error) -> Option<&'static str> {
    match error {
        Error::WrongExpectedVersion { .. } => Some("read the stream, then try again with its version as --expected"),
        Error::StreamAlreadyExists { .. } => Some("choose another name, or another --expected"),
        Error::StreamNotFound { .. } => Some("check the name of the stream"),
        Error::StreamDeleted { .. } => Some("bring it back with `eventstore undelete`"),
        Error::DuplicateEvent { .. } => Some("it may have been appended before; read the stream, or use another id"),
        Error::DifferentContent { .. } => Some("use another id, or --ids-only to take it for the same event"),
        Error::HardDeletesDisabled => Some("set EVENTSTORE_HARD_DELETES=true, or use --enable-hard-deletes"),
        Error::NotInitialized { message } => setup_remedy(message),
        Error::AccessDenied { .. } => Some("check the user, the password and the rights of the user in --url"),
        Error::Unavailable { .. } => Some("check that the server runs and that --url names it, then try again"),
        Error::TimedOut { setting, .. } => Some(time_remedy(setting)),
        Error::Aborted { .. } => Some("nothing was changed: try again"),
        Error::SubscriptionHeld { .. } => Some("stop it first, or use --force"),
        Error::BeyondHead { .. } => Some("what is appended up to there would be skipped; use --force if it is to be"),
        _ => None,
    }
}

/// What helps when a setting has ended a call.
fn time_remedy(setting: &str) -> &'static str {
    match setting {
        "statement_timeout" => "do less at once, or raise it: `?statement_timeout=60s` in --url",
        "acquire_timeout" => "try again when fewer calls are under way, or raise it: `?acquire_timeout=30s` in --url",
        _ => "try again, or raise the setting",
    }
}

/// The command that makes what is missing; `None` if something else is there, of which the message tells.
fn setup_remedy(message: &str) -> Option<&'static str> {
    let first = |what: &str| message.ends_with(&format!(": {what} first"));
    if message.ends_with(": migrate it first") {
        Some("run `eventstore migrate`")
    } else if first("create the database") {
        Some("run `eventstore create`")
    } else if first("initialize it") || first("initialize the event store") {
        Some("run `eventstore init`")
    } else {
        None
    }
}

/// Adds the causes whose innermost reason the text does not tell already.
fn add_causes(text: &mut String, error: &dyn std::error::Error) {
    let mut cause = error.source();
    while let Some(error) = cause {
        let told = error.to_string();
        let told = without_place(&told);
        let reason = told.rsplit(": ").next().unwrap_or(told);
        if !text.contains(reason) {
            text.push_str(": ");
            text.push_str(told);
        }
        cause = error.source();
    }
}

/// The text without the line of the server's source code at its end, which is of no help here.
fn without_place(text: &str) -> &str {
    match text.rsplit_once(" at line ") {
        Some((what, line)) if line.bytes().all(|byte| byte.is_ascii_digit()) => what,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_tells_each_cause_once_and_the_remedy() {
        let refused = io::Error::other("connection refused");
        let failure = Failure::from(Error::Unavailable {
            message: "connecting to the server".to_owned(),
            source: Some(refused.into()),
        });
        assert_eq!(
            failure.message().unwrap(),
            "the storage is unavailable: connecting to the server: connection refused; \
             check that the server runs and that --url names it, then try again"
        );
        let failure = Failure::from(Error::Storage {
            message: "out of memory".to_owned(),
            source: "error returned from database: out of memory".into(),
        });
        assert_eq!(failure.message().unwrap(), "the storage failed: out of memory");
        let failure = Failure::from(Error::AccessDenied {
            message: "role \"x\" does not exist".to_owned(),
            source: "error returned from database: role \"x\" does not exist at line 768".into(),
        });
        assert_eq!(
            failure.message().unwrap(),
            "access denied: role \"x\" does not exist; \
             check the user, the password and the rights of the user in --url"
        );
        let failure = Failure::from(Error::TimedOut {
            setting: "statement_timeout",
            message: "canceling statement due to statement timeout".to_owned(),
            source: None,
        });
        assert_eq!(
            failure.message().unwrap(),
            "timed out by `statement_timeout`: canceling statement due to statement timeout; \
             do less at once, or raise it: `?statement_timeout=60s` in --url"
        );
        let failure = Failure::Output(io::Error::other("disk full"));
        assert_eq!(
            failure.message().unwrap(),
            "cannot write to the standard output: disk full"
        );
    }

    #[test]
    fn what_is_missing_is_told_with_the_command_that_makes_it() {
        let table = [
            (
                "there is no event store: initialize it first",
                Some("run `eventstore init`"),
            ),
            (
                "no relation: initialize the event store first",
                Some("run `eventstore init`"),
            ),
            (
                "no database: create the database first",
                Some("run `eventstore create`"),
            ),
            ("the schema \"public\" holds something else", None),
        ];
        for (message, remedy) in table {
            let told = Failure::from(Error::NotInitialized {
                message: message.to_owned(),
            });
            let expected = remedy.map_or(message.to_owned(), |remedy| format!("{message}; {remedy}"));
            assert_eq!(told.message().unwrap(), expected);
        }
    }

    #[test]
    fn a_kind_of_store_may_know_a_better_remedy() {
        let failure = || {
            Failure::from(Error::Unavailable {
                message: "the file cannot be opened".to_owned(),
                source: None,
            })
        };
        let told = failure().with_remedy(|_| Some("check the path"));
        assert_eq!(
            told.message().unwrap(),
            "the storage is unavailable: the file cannot be opened; check the path"
        );
        assert_eq!(told.status(), failure().status());
        assert_eq!(failure().with_remedy(|_| None).message(), failure().message());
    }

    #[test]
    fn a_reader_that_has_gone_is_not_worth_a_message() {
        let failure = Failure::Output(io::ErrorKind::BrokenPipe.into());
        assert_eq!(failure.message(), None);
    }
}
