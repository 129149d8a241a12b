use eventstore_postgres::Layout;
use futures_util::TryStreamExt;
use sqlx::PgConnection;

use crate::error::{LoadError, Result};
use crate::measure::{Caller, Entrant};
use crate::references::L2;
use crate::server::Schema;

/// Takes all events as the server can send them fastest, and examines none.
pub(crate) struct CopyOfAll {
    connection: PgConnection,
    statement: &'static str,
    events: u64,
}

/// What comes before the first row, if it comes alone, and what comes after the last one.
const HEADER_BYTES: usize = 19;
const TRAILER_BYTES: usize = 2;

impl CopyOfAll {
    /// The store holds exactly this many events.
    pub(crate) async fn entrant(schema: &Schema, layout: Layout, events: u64) -> Result<Entrant> {
        let statement = if layout == Layout::Original {
            include_str!("../sql/original/copy_all.sql")
        } else {
            include_str!("../sql/compact/copy_all.sql")
        };
        let connection = schema.connect().await?;
        Ok(Entrant::new(
            L2,
            vec![Self {
                connection,
                statement,
                events,
            }],
        ))
    }
}

impl Caller for CopyOfAll {
    async fn call(&mut self) -> Result<u64> {
        let rows = self
            .connection
            .copy_out_raw(self.statement)
            .await?
            .try_fold(0, async |rows, message| {
                Ok(rows + u64::from(![HEADER_BYTES, TRAILER_BYTES].contains(&message.len())))
            })
            .await?;
        if rows == self.events {
            Ok(rows)
        } else {
            let finding = format!("{rows} of {} events came", self.events);
            Err(LoadError::Unsound {
                what: L2.to_owned(),
                finding,
            })
        }
    }
}
