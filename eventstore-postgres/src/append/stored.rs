use eventstore_core::backend::StoredPlace;
use eventstore_core::{Append, Position, Result, StreamName, StreamVersion};
use uuid::Uuid;

use crate::append::columns::WantedColumns;
use crate::connection::Session;
use crate::error::{damaged, reading};

/// What the statement returns that finds the events of appends.
type StoredRow = (Uuid, i64, i64, String, bool);

impl Session<'_> {
    /// Those events of these appends that are stored.
    pub(crate) async fn find_events(&mut self, appends: &[&Append]) -> Result<Vec<StoredPlace>> {
        let wanted = WantedColumns::new(appends, self.data_type());
        let query = wanted.bind(self.statements().find_events.query_as());
        let rows = self
            .read(async |connection| query.fetch_all(connection).await)
            .await
            .map_err(reading)?;
        rows.into_iter()
            .map(|(id, position, version, stream, has_same_content): StoredRow| {
                Ok(StoredPlace {
                    id: id.into(),
                    stream: StreamName::from_storage(stream),
                    version: StreamVersion::try_from(version).map_err(damaged)?,
                    position: Position::try_from(position).map_err(damaged)?,
                    has_same_content,
                })
            })
            .collect()
    }
}
