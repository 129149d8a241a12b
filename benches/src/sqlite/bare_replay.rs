use rusqlite::{Connection, params};
use tokio::task::block_in_place;

use super::bare_read::BareEvent;
use super::file::StoreFile;
use crate::error::Result;
use crate::measure::{Caller, Entrant};
use crate::references::L1;
use crate::workloads::unsound;

const READ_ALL: &str = include_str!("../sql/sqlite/bare_read_all.sql");

/// As many events as a page of a lazy read has.
const PAGE: usize = 1_000;

/// Reads all events page by page, by one ordered statement each, and decodes each event whole.
pub(super) struct BareReplay {
    connection: Connection,
    events: u64,
}

impl BareReplay {
    /// The store holds exactly this many events.
    pub(super) fn entrant(file: &StoreFile, events: u64) -> Result<Entrant> {
        let replay = Self {
            connection: file.connect()?,
            events,
        };
        Ok(Entrant::new(L1, vec![replay]))
    }

    fn replay(&self) -> Result<u64> {
        let (mut came, mut from) = (0, 1);
        loop {
            let page = self.page(from)?;
            came += u64::try_from(page.len()).unwrap_or(u64::MAX);
            if page.len() < PAGE {
                break;
            }
            from = page.last().map_or(from, |(event, _)| event.position + 1);
        }
        if came == self.events {
            return Ok(came);
        }
        Err(unsound(format!("{came} of {} events came", self.events)))
    }

    fn page(&self, from: i64) -> rusqlite::Result<Vec<(BareEvent, String)>> {
        let mut statement = self.connection.prepare_cached(READ_ALL)?;
        let limit = i64::try_from(PAGE).unwrap_or(i64::MAX);
        let rows = statement.query_map(params![from, limit], |row| Ok((BareEvent::of(row)?, row.get(9)?)))?;
        rows.collect()
    }
}

impl Caller for BareReplay {
    async fn call(&mut self) -> Result<u64> {
        block_in_place(|| self.replay())
    }
}
