use std::num::NonZeroU32;

use bytes::Bytes;
use eventstore_core::{EventId, EventStore, FoundEvent, TracedEvents};
use serde::Deserialize;

use super::Decoder;
use crate::problem::Problem;
use crate::view::{EventRow, EventView, PayloadView};

/// How many effects of an event are listed.
const LISTED: NonZeroU32 = NonZeroU32::new(50).unwrap();

/// A part of an event that can be fetched whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Part {
    #[default]
    Data,
    Metadata,
}

/// What an event has caused.
pub(crate) enum Effects {
    Found(Vec<EventRow>),
    /// The store lacks what this text says.
    Needs(String),
}

pub(crate) async fn find_event(
    store: &dyn EventStore,
    id: EventId,
    decoder: Option<&dyn Decoder>,
) -> Result<EventView, Problem> {
    let found = require(store, id).await?;
    let value = decoder.and_then(|decoder| decoder.decode(&found.event));
    let data = match value {
        Some(value) => PayloadView::decoded(&found.event.data, value),
        None => PayloadView::new(&found.event.data),
    };
    let metadata = found.event.metadata.as_ref().map(PayloadView::new);
    Ok(EventView::new(&found, data, metadata))
}

/// A payload as it is stored.
pub(crate) async fn raw_payload(store: &dyn EventStore, id: EventId, part: Part) -> Result<Bytes, Problem> {
    let found = require(store, id).await?;
    match part {
        Part::Data => Ok(found.event.data),
        Part::Metadata => Ok(found.event.metadata.unwrap_or_default()),
    }
}

pub(crate) async fn find_effects(store: &dyn EventStore, id: EventId) -> Result<Effects, Problem> {
    Ok(match store.caused_by(id, None, LISTED).await? {
        TracedEvents::Found(events) => Effects::Found(events.iter().map(EventRow::of_all).collect()),
        TracedEvents::NeedsIndex { remedy } => Effects::Needs(remedy),
    })
}

async fn require(store: &dyn EventStore, id: EventId) -> Result<FoundEvent, Problem> {
    let found = store.find_event(id).await?;
    found.ok_or_else(|| Problem::not_found(format!("there is no event with the id {id}")))
}
