use std::num::NonZeroU32;

use eventstore_core::backend::PageRequest;
use eventstore_core::{
    Direction, EventFilter, EventId, EventNumber, Position, RecordedEvent, Result, StreamSelector, TracedEvents,
};
use uuid::Uuid;

use crate::connection::Session;
use crate::error::reading;
use crate::read::index_state::index_state;
use crate::read::scan::Scan;
use crate::values::{EventIndex, IndexState};

impl Session<'_> {
    pub(crate) async fn caused_by(
        &mut self,
        cause: EventId,
        after: Option<Position>,
        limit: NonZeroU32,
    ) -> Result<TracedEvents> {
        let scan = Scan::CausationIndex(cause.as_uuid());
        self.trace(EventIndex::Causation, scan, &page_after(after, limit)).await
    }

    pub(crate) async fn correlated(
        &mut self,
        correlation: Uuid,
        after: Option<Position>,
        limit: NonZeroU32,
    ) -> Result<TracedEvents> {
        let filter = EventFilter::default().with_correlation_id(correlation);
        let request = page_after(after, limit).with_filter(filter);
        self.trace(EventIndex::Correlation, Scan::CorrelationIndex, &request)
            .await
    }

    /// Looks for the index each time: what a store knew when it was connected may be long ago (ADR 61).
    async fn trace(&mut self, index: EventIndex, scan: Scan, request: &PageRequest) -> Result<TracedEvents> {
        let schema = self.config().schema().clone();
        let state = self.read(async |connection| index_state(connection, &schema, index).await);
        if state.await.map_err(reading)? != IndexState::Valid {
            return Ok(TracedEvents::NeedsIndex { remedy: remedy(index) });
        }
        let page = self.read_by(request, scan).await?;
        Ok(TracedEvents::Found(
            page.events.into_iter().map(RecordedEvent::from).collect(),
        ))
    }
}

/// The first page of all streams after this position.
fn page_after(after: Option<Position>, limit: NonZeroU32) -> PageRequest {
    let from = after.map_or(EventNumber::FIRST, |after| EventNumber::from(after).next());
    PageRequest::new(StreamSelector::All, Direction::Forward, from, limit.get())
}

fn remedy(index: EventIndex) -> String {
    let name = match index {
        EventIndex::Correlation => "correlation",
        EventIndex::Causation => "causation",
    };
    format!(
        "create the index on {name} ids: run `eventstore index create {name}`, or call `PostgresAdmin::create_index`"
    )
}
