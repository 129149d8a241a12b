use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use eventstore_core::EventId;
use maud::{Markup, html};
use serde::Deserialize;
use uuid::Uuid;

use super::events_table::{events_table, stream_address};
use super::layout::{Place, page};
use super::payload::payload as payload_of;
use super::text::{number, time, visible};
use super::{Page, ProblemPage};
use crate::params::PageParams;
use crate::problem::Problem;
use crate::query::{Effects, Part, find_effects, find_event, raw_payload};
use crate::site::Site;
use crate::view::{EventView, PlaceView};

#[derive(Deserialize)]
pub(crate) struct EventParams {
    id: String,
}

/// One event, whole, with every stream that holds it, what caused it and what it caused.
pub(crate) async fn event(State(site): State<Arc<Site>>, PageParams(params): PageParams<EventParams>) -> Page {
    let id = event_id(&params.id)?;
    let view = find_event(&*site.store, id, site.common.decoder.as_deref()).await?;
    let effects = find_effects(&*site.store, id).await?;
    let main = html! {
        h1 { (visible(&view.event_type)) }
        (details(&view))
        h2 { "Data" }
        (payload_of(&view.data, "data", Some(&format!("payload?id={id}"))))
        @if let Some(metadata) = &view.metadata {
            h2 { "Metadata" }
            (payload_of(metadata, "metadata", Some(&format!("payload?id={id}&part=metadata"))))
        }
        h2 { "Streams that hold it" }
        (places(&view.places))
        h2 { "What it caused" }
        (effects_part(&effects))
    };
    Ok(page(&site, Place::Elsewhere, &view.event_type, &main))
}

#[derive(Deserialize)]
pub(crate) struct PayloadParams {
    id: String,
    #[serde(default)]
    part: Part,
}

/// A payload as it is stored, to be saved: no browser shows it as a page.
pub(crate) async fn payload(
    State(site): State<Arc<Site>>,
    PageParams(params): PageParams<PayloadParams>,
) -> Result<Response, ProblemPage> {
    let id = event_id(&params.id)?;
    let bytes = raw_payload(&*site.store, id, params.part).await?;
    let name = match params.part {
        Part::Data => "data",
        Part::Metadata => "metadata",
    };
    let disposition = format!("attachment; filename=\"{id}-{name}\"");
    let headers = [
        (CONTENT_TYPE, "application/octet-stream".to_owned()),
        (CONTENT_DISPOSITION, disposition),
    ];
    Ok((headers, bytes).into_response())
}

fn event_id(text: &str) -> Result<EventId, Problem> {
    text.trim().parse().map_err(|error| Problem::invalid("id", error))
}

fn details(view: &EventView) -> Markup {
    html! {
        div.panel {
            dl.details {
                dt { "Event id" } dd { (view.event_id) }
                @if let Some(position) = view.position {
                    dt { "Position" } dd { a href={ "all?from=" (position) } { (number(position)) } }
                }
                dt { "Stream" } dd { a href=(stream_address(&view.stream)) { (visible(&view.stream)) } " @ " (view.stream_version) }
                dt { "Time (UTC)" } dd { (time(&view.created_at)) }
                @if let Some(id) = view.causation_id {
                    dt { "Caused by" } dd { (cause(id)) }
                }
                @if let Some(id) = view.correlation_id {
                    dt { "Correlation id" } dd { a href={ "trace?correlation=" (id) } { (id) } }
                }
            }
        }
    }
}

fn cause(id: Uuid) -> Markup {
    html! { a href={ "event?id=" (id) } { (id) } }
}

fn places(places: &[PlaceView]) -> Markup {
    html! {
        ul {
            @for (index, place) in places.iter().enumerate() {
                li {
                    a href={ (stream_address(&place.stream)) "&from=" (place.version) } { (visible(&place.stream)) } " @ " (number(place.version))
                    @if index > 0 { " " span.tag { "link" } }
                    @if place.is_deleted { " " span.tag.warn { "soft-deleted" } }
                }
            }
        }
    }
}

fn effects_part(effects: &Effects) -> Markup {
    match effects {
        Effects::Found(events) if events.is_empty() => html! { p.hint { "No stored event names it as its cause." } },
        Effects::Found(events) => events_table(events, true, None),
        Effects::Needs(remedy) => html! { p.hint { "To see what it caused, create the index: " (visible(remedy)) } },
    }
}
