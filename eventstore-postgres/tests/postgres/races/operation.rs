use eventstore_core::{
    Append, AppendSet, Delete, Deletion, Error, EventId, EventLinker, EventWriter, ExpectedVersion, Link,
    StreamDeleter, StreamName, StreamVersion,
};
use eventstore_postgres::PostgresStore;

use crate::support::event;

/// Something that is done to a stream.
#[derive(Debug, Clone)]
pub(super) enum Operation {
    Append(Append),
    Set(AppendSet),
    Link(Link),
    Delete(Delete),
}

/// What an operation was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// The first and the last version that were written to the stream.
    Wrote(u64, u64),
    /// Those of an earlier attempt.
    Repeated(u64, u64),
    Deleted,
    WrongVersion(Option<u64>),
    Exists(u64),
    NotFound,
    IsDeleted,
    EventsNotFound,
    Unavailable,
}

impl Operation {
    /// Two events to the stream.
    pub(super) fn append(stream: &StreamName, expected: impl Into<ExpectedVersion>) -> Self {
        Self::Append(two_events(stream, expected))
    }

    /// Two events to the stream, and to one beside it that sorts before it.
    pub(super) fn set(stream: &StreamName, expected: impl Into<ExpectedVersion>) -> Self {
        let beside = StreamName::new(format!("beside-{stream}")).unwrap();
        let appends = vec![two_events(stream, expected), two_events(&beside, ExpectedVersion::Any)];
        Self::Set(AppendSet::new(appends).unwrap())
    }

    pub(super) fn link(target: &StreamName, expected: impl Into<ExpectedVersion>, ids: &[EventId]) -> Self {
        Self::Link(Link::new(target.clone(), expected, ids.to_vec()).unwrap())
    }

    pub(super) fn soft_delete(stream: &StreamName, expected: impl Into<ExpectedVersion>) -> Self {
        Self::Delete(Delete::new(stream.clone(), Deletion::Soft).with_expected_version(expected))
    }

    pub(super) fn hard_delete(stream: &StreamName, expected: impl Into<ExpectedVersion>) -> Self {
        Self::Delete(Delete::new(stream.clone(), Deletion::Hard).with_expected_version(expected))
    }

    pub(super) async fn perform(self, store: &PostgresStore) -> Answer {
        let versions = |first: StreamVersion, last: StreamVersion| (first.get(), last.get());
        let answer = match self {
            Self::Append(append) => store.append(append).await.map(|receipt| {
                let (first, last) = versions(receipt.first_version, receipt.last_version);
                if receipt.is_deduplicated {
                    Answer::Repeated(first, last)
                } else {
                    Answer::Wrote(first, last)
                }
            }),
            Self::Set(set) => store.append_set(set).await.map(|receipts| {
                let (first, last) = versions(receipts[0].first_version, receipts[0].last_version);
                Answer::Wrote(first, last)
            }),
            Self::Link(link) => store.link(link).await.map(|receipt| {
                let (first, last) = versions(receipt.first_version, receipt.last_version);
                Answer::Wrote(first, last)
            }),
            Self::Delete(delete) => store.delete(delete).await.map(|()| Answer::Deleted),
        };
        answer.unwrap_or_else(Answer::from)
    }
}

fn two_events(stream: &StreamName, expected: impl Into<ExpectedVersion>) -> Append {
    Append::new(stream.clone(), expected, vec![event(), event()]).unwrap()
}

impl Answer {
    /// Whether something was changed.
    pub(super) fn is_done(self) -> bool {
        matches!(self, Self::Wrote(..) | Self::Deleted)
    }
}

impl From<Error> for Answer {
    fn from(error: Error) -> Self {
        match error {
            Error::WrongExpectedVersion { actual, .. } => Self::WrongVersion(actual.map(StreamVersion::get)),
            Error::StreamAlreadyExists { version, .. } => Self::Exists(version.get()),
            Error::StreamNotFound { .. } => Self::NotFound,
            Error::StreamDeleted { .. } => Self::IsDeleted,
            Error::EventsNotFound { .. } => Self::EventsNotFound,
            Error::Unavailable { .. } | Error::TimedOut { .. } => Self::Unavailable,
            error => panic!("nothing concurrent explains this: {error:?}"),
        }
    }
}
