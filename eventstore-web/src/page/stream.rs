use std::sync::Arc;

use axum::extract::State;
use eventstore_core::StreamSelector;
use maud::{Markup, html};
use serde::Deserialize;

use super::Page;
use super::all::{List, LiveParams, field};
use super::layout::{Place, page};
use super::payload::payload;
use super::text::{encoded, number, time, visible};
use crate::params::PageParams;
use crate::problem::Problem;
use crate::query::{EventsParams, find_snapshot, find_stream, read_events};
use crate::site::Site;
use crate::view::{SnapshotView, StreamView};

#[derive(Deserialize)]
pub(crate) struct StreamParams {
    name: String,
}

/// One stream: what is known about it, its snapshot, and its events.
pub(crate) async fn stream(
    State(site): State<Arc<Site>>,
    PageParams(stream): PageParams<StreamParams>,
    PageParams(params): PageParams<EventsParams>,
    PageParams(live): PageParams<LiveParams>,
) -> Page {
    let selector = StreamSelector::try_from(stream.name.as_str()).map_err(|error| Problem::invalid("name", error))?;
    let view = find_stream(&*site.store, &selector).await?;
    let snapshot = match &selector {
        StreamSelector::Stream(name) => find_snapshot(&*site.store, name).await?,
        StreamSelector::All => None,
    };
    let list = if view.deleted_at.is_some() {
        None
    } else {
        let query = params.query(selector)?;
        let order = query.order();
        let events = site
            .events
            .get(query.clone(), read_events(&*site.store, &query))
            .await?;
        Some((events, order))
    };
    let address = format!("stream?name={}", encoded(&view.stream));
    let main = html! {
        h1 { (visible(&view.stream)) }
        (facts(&view))
        @if let Some(snapshot) = &snapshot { (snapshot_part(snapshot)) }
        @match &list {
            Some((events, order)) => {
                form.filters action="stream" {
                    input type="hidden" name="name" value=(view.stream);
                    (field("Types", "types", params.types.as_deref(), "text"))
                    (field("Since (UTC)", "since", params.since.as_deref(), "datetime-local"))
                    button { "Filter" }
                }
                (List { name: &view.stream, address: &address, params: &params, order: *order, events }.part(live.is_on()))
            }
            None => p.panel { "This stream is soft-deleted: its events are in " a href={ "all?prefix=" (encoded(&view.stream)) } { "all events" } "." },
        }
    };
    Ok(page(&site, Place::Streams, &view.stream, &main))
}

fn facts(view: &StreamView) -> Markup {
    html! {
        dl.facts {
            div.fact { dt { "Version" } dd { (number(view.version)) } }
            div.fact { dt { "Created (UTC)" } dd { (time(&view.created_at)) } }
            @if let Some(deleted_at) = &view.deleted_at { div.fact { dt { "Soft-deleted (UTC)" } dd { (time(deleted_at)) } } }
            div.fact { dt { "Id" } dd { (view.id) } }
        }
    }
}

fn snapshot_part(snapshot: &SnapshotView) -> Markup {
    html! {
        details.panel {
            summary { "Snapshot " (visible(&snapshot.snapshot_type)) " of version " (number(snapshot.version)) }
            p.soft { "Recorded " (time(&snapshot.created_at)) }
            (payload(&snapshot.data, "snapshot", None))
        }
    }
}
