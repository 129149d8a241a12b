use sqlx::postgres::PgRow;
use sqlx::{PgPool, Row};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::error::{LoadError, Result};
use crate::measure::{Caller, Entrant};
use crate::references::L0;
use crate::sample;
use crate::server::Schema;
use crate::walk::Walk;

/// Reads a stream as the original does: looks it up, and sends a query that joins the names of streams, both unprepared.
pub(crate) struct OriginalRead {
    pool: PgPool,
    walk: Walk,
    events: usize,
}

/// As many as the original reads at once.
const PAGE: i64 = 1_000;

impl OriginalRead {
    /// Reads streams that hold exactly this many events each.
    pub(crate) async fn entrant(schema: &Schema, walks: Vec<Walk>, events: usize) -> Result<Entrant> {
        let pool = schema.unprepared_pool().await?;
        let reader = |walk| Self {
            pool: pool.clone(),
            walk,
            events,
        };
        Ok(Entrant::new(L0, walks.into_iter().map(reader).collect()))
    }
}

impl Caller for OriginalRead {
    async fn call(&mut self) -> Result<u64> {
        let stream = sqlx::query(include_str!("../sql/original/look_up.sql"))
            .bind(sample::stream(self.walk.step()))
            .persistent(false)
            .fetch_one(&self.pool)
            .await?;
        let rows = sqlx::query(include_str!("../sql/original/read_joined.sql"))
            .bind(stream.try_get::<i64, _>("stream_id")?)
            .bind(0_i64)
            .bind(PAGE)
            .persistent(false)
            .fetch_all(&self.pool)
            .await?;
        let events = rows.iter().map(Recorded::decode).collect::<Result<Vec<_>>>()?;
        if events.len() == self.events && events.iter().all(Recorded::is_plausible) {
            Ok(u64::try_from(events.len()).unwrap_or(u64::MAX))
        } else {
            Err(LoadError::Unsound {
                what: L0.to_owned(),
                finding: format!("{} of {} events came", events.len(), self.events),
            })
        }
    }
}

/// An event with all that a reader gets.
struct Recorded {
    number: i64,
    version: i64,
    id: Uuid,
    stream: String,
    event_type: String,
    causation_id: Option<Uuid>,
    correlation_id: Option<Uuid>,
    data: Vec<u8>,
    metadata: Option<Vec<u8>>,
    created_at: OffsetDateTime,
}

impl Recorded {
    fn decode(row: &PgRow) -> Result<Self> {
        Ok(Self {
            number: row.try_get("stream_version")?,
            version: row.try_get("original_stream_version")?,
            id: row.try_get("event_id")?,
            stream: row.try_get("stream_uuid")?,
            event_type: row.try_get("event_type")?,
            causation_id: row.try_get("causation_id")?,
            correlation_id: row.try_get("correlation_id")?,
            data: row.try_get("data")?,
            metadata: row.try_get("metadata")?,
            created_at: row.try_get("created_at")?,
        })
    }

    fn is_plausible(&self) -> bool {
        self.number == self.version
            && self.data == sample::DATA
            && self.event_type == sample::EVENT_TYPE
            && !self.stream.is_empty()
            && !self.id.is_nil()
            && self.causation_id.is_none()
            && self.correlation_id.is_none()
            && self.metadata.is_some()
            && self.created_at.unix_timestamp() > 0
    }
}
