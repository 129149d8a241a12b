use std::num::NonZeroU32;

use eventstore_core::{EventStore, TracedEvents};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::problem::Problem;
use crate::view::{EventRow, TraceView, TracedView};

/// How many events of a correlation id are drawn.
const DRAWN: NonZeroU32 = NonZeroU32::new(200).unwrap();

/// Which events to draw, as an address says it.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TraceParams {
    /// The correlation id of the events.
    pub(crate) correlation: String,
}

pub(crate) async fn read_trace(store: &dyn EventStore, params: &TraceParams) -> Result<TraceView, Problem> {
    let id: Uuid = params
        .correlation
        .trim()
        .parse()
        .map_err(|error| Problem::invalid("correlation", error))?;
    let (events, needs) = match store.correlated(id, None, DRAWN).await? {
        TracedEvents::Found(events) => (events, None),
        TracedEvents::NeedsIndex { remedy } => (Vec::new(), Some(remedy)),
    };
    Ok(TraceView {
        correlation_id: id,
        has_more: events.len() >= usize::try_from(DRAWN.get()).unwrap_or(usize::MAX),
        events: events
            .iter()
            .map(|event| TracedView {
                causation_id: event.causation_id,
                event: EventRow::of_all(event),
            })
            .collect(),
        needs,
    })
}
