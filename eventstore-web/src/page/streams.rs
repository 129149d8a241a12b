use std::sync::Arc;

use axum::extract::State;
use axum::response::Html;
use maud::{Markup, html};
use serde::Deserialize;

use super::Page;
use super::events_table::stream_address;
use super::layout::{Place, page};
use super::text::{encoded, number, time, visible};
use crate::params::PageParams;
use crate::query::{StreamsParams, list_streams};
use crate::site::Site;
use crate::view::{StreamView, StreamsView};

/// Whether only the list is asked for, by a page that is open.
#[derive(Deserialize, Default)]
pub(crate) struct PartParams {
    part: Option<String>,
}

impl PartParams {
    pub(super) fn is_part(&self) -> bool {
        self.part.is_some()
    }
}

/// The streams: the newest, or those whose names begin with what was typed.
pub(crate) async fn streams(
    State(site): State<Arc<Site>>,
    PageParams(params): PageParams<StreamsParams>,
    PageParams(part): PageParams<PartParams>,
) -> Page {
    let list = site
        .streams
        .get(params.clone(), list_streams(&*site.store, &params))
        .await?;
    let listed = part_of(&params, &list);
    if part.is_part() {
        return Ok(Html(listed.into_string()));
    }
    let main = html! {
        h1 { "Streams" }
        form.filters action="streams" role="search" aria-label="Streams" {
            label { "Name begins with" input type="search" name="prefix" value=(params.prefix) data-search="streams" data-part="streams?part=list" autocomplete="off"; }
            button { "Search" }
            a.button href="survey" { "Categories, longest, deleted" }
        }
        div #streams aria-live="polite" { (listed) }
    };
    Ok(page(&site, Place::Streams, "Streams", &main))
}

fn part_of(params: &StreamsParams, list: &StreamsView) -> Markup {
    html! {
        p.hint { @if params.prefix.is_empty() { "The newest streams first." } @else { "Ordered by name." } }
        (streams_table(&list.streams))
        @if let Some(next) = &list.next {
            div.pages { a.button rel="next" href={ "streams?prefix=" (encoded(&params.prefix)) "&after=" (encoded(next)) } { "More" } }
        }
    }
}

pub(super) fn streams_table(streams: &[StreamView]) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="Streams" {
            table {
                thead { tr { th { "Stream" } th.number { "Version" } th { "Created (UTC)" } } }
                tbody {
                    @for stream in streams {
                        tr {
                            td.name {
                                a href=(stream_address(&stream.stream)) { (visible(&stream.stream)) }
                                @if stream.deleted_at.is_some() { " " span.tag.warn { "soft-deleted" } }
                            }
                            td.number { (number(stream.version)) }
                            td.time { (time(&stream.created_at)) }
                        }
                    }
                }
            }
        }
        @if streams.is_empty() { p.hint { "No streams here." } }
    }
}
