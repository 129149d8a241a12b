use std::collections::{BTreeMap, HashMap};

use eventstore_core::backend::{StoredPlace, StreamState};
use eventstore_core::{
    Append, AppendReceipt, Error, EventId, ExpectedVersion, NewEvent, Position, Result, StreamName, StreamVersion,
    Timestamp,
};
use rusqlite::{OptionalExtension, Row};

use super::StoredEvent;
use crate::connection::Change;
use crate::error::failed;
use crate::sql;

/// What one transaction changes: decided append by append, then [written](super::write) at once.
///
/// The transaction is the only writer of the file, so that no decision can be outdated when it is written.
pub(crate) struct Plan<'a> {
    /// By name. A stream that is missing here does not exist.
    streams: BTreeMap<&'a str, StreamRow>,
    /// The events that are stored already, as far as they were looked up, and those of the plan.
    stored: HashMap<EventId, StoredEvent>,
    /// The position of the last event once the plan is written.
    pub(crate) head: Position,
    last_stream_id: i64,
    now: Timestamp,
    pub(crate) events: Vec<EventRow<'a>>,
}

/// A stream as it is stored, or will be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StreamRow {
    pub(crate) id: i64,
    pub(crate) version: StreamVersion,
    pub(crate) created_at: Timestamp,
    pub(crate) is_deleted: bool,
    pub(crate) is_changed: bool,
}

/// An event to be stored.
pub(crate) struct EventRow<'a> {
    pub(crate) position: Position,
    pub(crate) stream_id: i64,
    pub(crate) version: StreamVersion,
    pub(crate) created_at: Timestamp,
    pub(crate) event: &'a NewEvent,
}

impl<'a> Plan<'a> {
    /// Reads what is stored of these streams.
    pub(crate) fn about(
        change: &Change<'_>,
        streams: impl IntoIterator<Item = &'a StreamName>,
        now: Timestamp,
    ) -> Result<Self> {
        let mut find_head = change.prepare_cached(sql::FIND_HEAD).map_err(failed)?;
        let head = find_head.query_row([], |row| Ok((row.get(0)?, row.get(1)?)));
        let (head, last_stream_id): (i64, i64) = head.map_err(failed)?;
        let mut find = change.prepare_cached(sql::FIND_STREAM).map_err(failed)?;
        let mut found = BTreeMap::new();
        for name in streams {
            let columns = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
            let columns = find.query_row([name.as_str()], columns).optional();
            let columns: Option<(i64, i64, bool)> = columns.map_err(failed)?;
            if let Some((id, version, is_deleted)) = columns {
                let row = StreamRow {
                    id,
                    version: StreamVersion::from_storage(version)?,
                    created_at: now,
                    is_deleted,
                    is_changed: false,
                };
                found.insert(name.as_str(), row);
            }
        }
        Ok(Self {
            streams: found,
            stored: HashMap::new(),
            head: Position::from_storage(head)?,
            last_stream_id,
            now,
            events: Vec::new(),
        })
    }

    /// Tells the plan of events that are stored already.
    pub(crate) fn with_stored(self, stored: impl IntoIterator<Item = StoredEvent>) -> Self {
        let stored = stored.into_iter().map(|event| (event.id, event));
        Self {
            stored: stored.collect(),
            ..self
        }
    }

    /// Decides about one append, after those before it. A refused append leaves the plan as it was.
    pub(crate) fn append(&mut self, append: &'a Append) -> Result<AppendReceipt> {
        let stored = self.stored_of(append);
        if append.is_idempotent() {
            // Of a deleted stream nothing is said, not even what it holds.
            self.expect(append.stream(), ExpectedVersion::Any)?;
            if let Some(earlier) = append.earlier_receipt(&stored)? {
                return Ok(earlier);
            }
        }
        let version = self.expect(append.stream(), append.expected())?;
        if let Some(&StoredPlace { id: event_id, .. }) = stored.first() {
            return Err(Error::DuplicateEvent { event_id });
        }
        let count = u64::try_from(append.events().len()).unwrap_or(u64::MAX);
        let receipt = AppendReceipt::following(append.stream().clone(), version, self.head, count)?;
        self.add(append, &receipt);
        Ok(receipt)
    }

    /// Returns the version after which the next event of the stream comes, if the stream passes the expected-version check.
    pub(crate) fn expect(&self, stream: &StreamName, expected: ExpectedVersion) -> Result<StreamVersion> {
        let state = self.state_of(stream);
        let checked = expected.check(state);
        checked.map_err(|refusal| expected.refused(stream, state, refusal))
    }

    fn stored_of(&self, append: &Append) -> Vec<StoredPlace> {
        let events = append.events().iter();
        let stored = events.filter_map(|event| Some(self.stored.get(&event.id)?.place_for(event)));
        stored.collect()
    }

    fn state_of(&self, stream: &StreamName) -> StreamState {
        match self.streams.get(stream.as_str()) {
            None => StreamState::Absent,
            Some(row) if row.is_deleted => StreamState::Deleted,
            Some(row) => StreamState::Present { version: row.version },
        }
    }

    fn add(&mut self, append: &'a Append, receipt: &AppendReceipt) {
        let created_at = append.created_at().unwrap_or(self.now);
        let stream_id = self.move_stream(append.stream(), receipt.last_version, created_at);
        let (mut position, mut version) = (receipt.first_position, receipt.first_version);
        for event in append.events() {
            self.events.push(EventRow {
                position,
                stream_id,
                version,
                created_at: append.created_at().or(event.created_at).unwrap_or(self.now),
                event,
            });
            // A later append of the plan may have the same ids.
            self.stored
                .insert(event.id, StoredEvent::new(append.stream(), version, position, event));
            (position, version) = (position.next(), version.next());
        }
        self.head = receipt.last_position;
    }

    /// Sets the version of a stream, which is created with this time if it does not exist, and returns its id.
    pub(crate) fn move_stream(&mut self, stream: &'a StreamName, version: StreamVersion, created_at: Timestamp) -> i64 {
        let last_stream_id = &mut self.last_stream_id;
        let row = self.streams.entry(stream.as_str()).or_insert_with(|| {
            *last_stream_id += 1;
            StreamRow {
                id: *last_stream_id,
                version,
                created_at,
                is_deleted: false,
                is_changed: true,
            }
        });
        row.version = version;
        row.is_changed = true;
        row.id
    }

    /// The streams to be written, the row of `$all` included if it changes.
    pub(crate) fn changed_streams(&self) -> impl Iterator<Item = (&str, StreamRow)> {
        let changed = self.streams.iter().filter(|(_, row)| row.is_changed);
        changed.map(|(name, row)| (*name, *row))
    }

    /// Whether every append was refused or had been made before.
    pub(crate) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    pub(crate) fn stream(&self, name: &StreamName) -> Option<&StreamRow> {
        self.streams.get(name.as_str())
    }
}
