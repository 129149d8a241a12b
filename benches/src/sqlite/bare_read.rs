use rusqlite::{Connection, Row};
use tokio::task::block_in_place;
use uuid::Uuid;

use super::file::StoreFile;
use crate::error::Result;
use crate::measure::{Caller, Entrant};
use crate::references::L1;
use crate::sample;
use crate::walk::Walk;
use crate::workloads::unsound;

const READ_STREAM: &str = include_str!("../sql/sqlite/bare_read_stream.sql");

/// Reads one whole stream after another by one ordered statement, and decodes each event whole.
pub(super) struct BareRead {
    connection: Connection,
    walk: Walk,
    events: usize,
}

/// An event as a bare program would have it.
pub(super) struct BareEvent {
    pub(super) position: i64,
    pub(super) data: Vec<u8>,
    _version: i64,
    _id: Uuid,
    _event_type: String,
    _causation_id: Option<Uuid>,
    _correlation_id: Option<Uuid>,
    _created_at: i64,
    _metadata: Option<Vec<u8>>,
}

impl BareEvent {
    pub(super) fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            position: row.get(0)?,
            data: row.get(7)?,
            _version: row.get(1)?,
            _id: row.get(2)?,
            _event_type: row.get(3)?,
            _causation_id: row.get(4)?,
            _correlation_id: row.get(5)?,
            _created_at: row.get(6)?,
            _metadata: row.get(8)?,
        })
    }
}

impl BareRead {
    /// Reads streams that hold exactly this many events each.
    pub(super) fn entrant(file: &StoreFile, walks: Vec<Walk>, events: usize) -> Result<Entrant> {
        let reader = |walk| {
            Ok(Self {
                connection: file.connect()?,
                walk,
                events,
            })
        };
        Ok(Entrant::new(
            L1,
            walks.into_iter().map(reader).collect::<Result<Vec<_>>>()?,
        ))
    }

    fn read(&mut self) -> Result<u64> {
        let mut statement = self.connection.prepare_cached(READ_STREAM)?;
        let rows = statement.query_map([sample::stream(self.walk.step())], BareEvent::of)?;
        let events: Vec<_> = rows.collect::<rusqlite::Result<_>>()?;
        if events.len() != self.events || events.iter().any(|event| event.data != sample::DATA) {
            return Err(unsound(format!("{} of {} events came", events.len(), self.events)));
        }
        Ok(u64::try_from(events.len()).unwrap_or(u64::MAX))
    }
}

impl Caller for BareRead {
    async fn call(&mut self) -> Result<u64> {
        block_in_place(|| self.read())
    }
}
