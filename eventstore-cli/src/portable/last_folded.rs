use eventstore_core::{Error, EventId, EventNumber, EventReader, EventReaderExt, Read, Snapshot, StreamVersion};
use futures_util::TryStreamExt;

/// The event of a stream at the version of a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LastFolded {
    /// No stream that can be read has the name of the source, or nothing was folded.
    NoStream,
    /// The stream has no event there.
    Missing,
    Event(EventId),
}

impl LastFolded {
    pub(crate) async fn of<R>(reader: &R, snapshot: &Snapshot) -> Result<Self, Error>
    where
        R: EventReader + ?Sized,
    {
        if snapshot.version == StreamVersion::ZERO {
            return Ok(Self::NoStream);
        }
        let version = EventNumber::from(snapshot.version);
        let read = Read::new(snapshot.source.clone()).with_start(version).with_limit(1);
        match reader.numbered(read).try_next().await {
            Ok(Some(event)) if event.number == version => Ok(Self::Event(event.event_id)),
            Ok(_) => Ok(Self::Missing),
            Err(Error::StreamNotFound { .. } | Error::StreamDeleted { .. }) => Ok(Self::NoStream),
            Err(error) => Err(error),
        }
    }
}
