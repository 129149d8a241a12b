use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;

use eventstore_sqlite::{SqliteConfig, SqliteStore};
use rusqlite::{Connection, params};

use crate::error::{LoadError, Result};
use crate::population::{Population, signed};
use crate::sample;

/// What the URL of a store in a file begins with.
pub(crate) const SCHEME: &str = "sqlite:";

const STREAMS: &str = include_str!("../sql/sqlite/populate_streams.sql");
const EVENTS: &str = include_str!("../sql/sqlite/populate_events.sql");
const HEAD: &str = include_str!("../sql/sqlite/set_head.sql");
const COUNTS: &str = include_str!("../sql/sqlite/counts.sql");
const SIZE: &str = include_str!("../sql/sqlite/size.sql");

/// A store in a file, for one entrant of a measurement.
pub(super) struct StoreFile {
    path: PathBuf,
}

impl StoreFile {
    pub(super) async fn create(path: PathBuf, populations: &[Population]) -> Result<Self> {
        let file = Self { path };
        file.store(NonZeroUsize::MIN).await?.close().await;
        file.settle(populations)?;
        Ok(file)
    }

    pub(super) fn url(&self) -> String {
        format!("{SCHEME}{}", self.path.display())
    }

    /// The store under measurement, with this many connections that read.
    pub(super) async fn store(&self, connections: NonZeroUsize) -> Result<SqliteStore> {
        let connections =
            NonZeroU32::try_from(connections).map_err(|_| LoadError::invalid("--connections", "too many"))?;
        let config = SqliteConfig::new(&self.path)?.with_read_connections(connections);
        Ok(SqliteStore::open_with(config).await?)
    }

    /// A bare connection, with the settings that the store has.
    pub(super) fn connect(&self) -> Result<Connection> {
        let connection = Connection::open(&self.path)?;
        connection.execute_batch("PRAGMA journal_mode = wal; PRAGMA synchronous = full; PRAGMA busy_timeout = 5000")?;
        Ok(connection)
    }

    fn settle(&self, populations: &[Population]) -> Result<()> {
        let mut connection = self.connect()?;
        let transaction = connection.transaction()?;
        let (mut streams, mut events) = (0, 0);
        for population in populations {
            let length = i64::from(population.events_per_stream);
            let last = streams + u64::from(population.streams);
            transaction.execute(STREAMS, params![signed(streams + 1), signed(last), length])?;
            let values = params![
                signed(population.events()),
                signed(streams),
                signed(events),
                length,
                sample::EVENT_TYPE,
                &sample::DATA[..]
            ];
            if population.events() > 0 {
                transaction.execute(EVENTS, values)?;
            }
            streams = last;
            events += population.events();
        }
        transaction.execute(HEAD, params![signed(events)])?;
        transaction.commit()?;
        Ok(())
    }

    /// Checks that just these events are there: a store may be fast because it loses some.
    pub(super) fn verify(&self, what: &str, acknowledged: u64) -> Result<()> {
        let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        let (head, events, unplaced): (i64, i64, i64) = self.connect()?.query_row(COUNTS, [], row)?;
        let expected = signed(acknowledged);
        if (head, events, unplaced) == (expected, expected, 0) {
            return Ok(());
        }
        Err(LoadError::Unsound {
            what: what.to_owned(),
            finding: format!(
                "{expected} events were acknowledged, {events} are there, the last position is {head}, {unplaced} streams \
                 are not as long as they say"
            ),
        })
    }

    /// What the tables and their indexes take on the disk, in bytes.
    pub(super) fn size(&self) -> Result<u64> {
        let bytes: i64 = self.connect()?.query_row(SIZE, [], |row| row.get(0))?;
        Ok(bytes.unsigned_abs())
    }
}
