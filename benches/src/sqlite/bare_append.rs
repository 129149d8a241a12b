use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use tokio::task::block_in_place;
use uuid::Uuid;

use super::file::StoreFile;
use crate::error::Result;
use crate::measure::{Caller, Entrant};
use crate::references::L1;
use crate::sample;

const MOVE_STREAM: &str = include_str!("../sql/sqlite/bare_move_stream.sql");
const INSERT: &str = include_str!("../sql/sqlite/bare_insert.sql");
const ALL: &str = "$all";

/// Appends to a group of streams in one transaction, without checking anything: the best that a writer can reach.
pub(super) struct BareAppend {
    connection: Connection,
    streams: Vec<String>,
    batch: u32,
}

impl BareAppend {
    /// Appends this many events to each of the first streams; these have to exist.
    pub(super) fn entrant(file: &StoreFile, streams: usize, batch: u32) -> Result<Entrant> {
        let bare = Self {
            connection: file.connect()?,
            streams: (1..).take(streams).map(sample::stream).collect(),
            batch,
        };
        Ok(Entrant::new(L1, vec![bare]))
    }

    fn append(&mut self) -> Result<u64> {
        let batch = i64::from(self.batch);
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let events = batch * i64::try_from(self.streams.len()).unwrap_or(i64::MAX);
        let (_, head) = move_stream(&transaction, ALL, events)?;
        let mut position = head - events;
        for name in &self.streams {
            let (stream, version) = move_stream(&transaction, name, batch)?;
            for version in version - batch + 1..=version {
                position += 1;
                transaction.prepare_cached(INSERT)?.execute(params![
                    position,
                    stream,
                    version,
                    Uuid::now_v7(),
                    sample::EVENT_TYPE,
                    0,
                    &sample::DATA[..]
                ])?;
            }
        }
        transaction.commit()?;
        Ok(events.unsigned_abs())
    }
}

fn move_stream(transaction: &Transaction<'_>, name: &str, events: i64) -> Result<(i64, i64)> {
    let mut statement = transaction.prepare_cached(MOVE_STREAM)?;
    Ok(statement.query_row(params![name, events], |row| Ok((row.get(0)?, row.get(1)?)))?)
}

impl Caller for BareAppend {
    async fn call(&mut self) -> Result<u64> {
        block_in_place(|| self.append())
    }
}
