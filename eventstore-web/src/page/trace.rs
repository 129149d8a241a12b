use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::State;
use maud::{Markup, html};

use super::Page;
use super::events_table::events_table;
use super::layout::{Place, page};
use super::text::{plain, visible};
use crate::params::PageParams;
use crate::query::{TraceParams, read_trace};
use crate::site::Site;
use crate::view::{EventRow, TraceView, TracedView};

/// The chain of a correlation id, as a graph across streams and as a table.
pub(crate) async fn trace(State(site): State<Arc<Site>>, PageParams(params): PageParams<TraceParams>) -> Page {
    let view = read_trace(&*site.store, &params).await?;
    let rows: Vec<EventRow> = view.events.iter().map(|traced| traced.event.clone()).collect();
    let main = html! {
        h1 { "Correlation " (view.correlation_id) }
        @match &view.needs {
            Some(remedy) => {
                p.panel { "This store has no index on correlation ids: " (visible(remedy)) }
                p { a href={ "all?correlation=" (view.correlation_id) } { "Look through all events instead" } }
            }
            None => {
                @if view.has_more { p.hint { "Only the first " (view.events.len()) " events are drawn." } }
                @if !view.events.is_empty() { (graph(&view)) }
                h2 { "Events" }
                (events_table(&rows, true, None))
            }
        }
    };
    Ok(page(&site, Place::Elsewhere, "Correlation", &main))
}

const COLUMN: usize = 200;
const ROW: usize = 44;
const LEFT: usize = 20;
const TOP: usize = 44;

/// One column for each stream, one row for each event, and an arrow from each cause.
fn graph(view: &TraceView) -> Markup {
    let streams = streams(&view.events);
    let places = places(&view.events, &streams);
    let (width, height) = (LEFT + streams.len() * COLUMN, TOP + view.events.len() * ROW);
    let edges = view.events.iter().filter_map(|traced| {
        let from = places.get(&traced.causation_id?)?;
        Some(edge(*from, *places.get(&traced.event.event_id)?))
    });
    html! {
        div.graph tabindex="0" role="region" aria-label="Graph of the events" {
            svg width=(width) height=(height) viewBox={ "0 0 " (width) " " (height) } role="group" aria-label="Events by stream, from their causes to their effects" {
                @for (index, stream) in streams.iter().enumerate() {
                    line.track x1=(x(index)) x2=(x(index)) y1=(TOP - 16) y2=(height) {}
                    text.soft x=(x(index)) y="20" { title { (plain(stream)) } (cut(stream)) }
                }
                @for edge in edges { path.edge d=(edge) {} }
                @for traced in &view.events {
                    @if let Some((x, y)) = places.get(&traced.event.event_id) {
                        a href={ "event?id=" (traced.event.event_id) } {
                            circle.node cx=(x) cy=(y) r="6" {}
                            text x=(x + 12) y=(y + 4) { (cut(&traced.event.event_type)) }
                        }
                    }
                }
            }
        }
    }
}

/// The streams, each once, in the order of their first events.
fn streams(events: &[TracedView]) -> Vec<&str> {
    let mut streams: Vec<&str> = Vec::new();
    for traced in events {
        if !streams.contains(&traced.event.stream.as_str()) {
            streams.push(&traced.event.stream);
        }
    }
    streams
}

fn places(events: &[TracedView], streams: &[&str]) -> HashMap<uuid::Uuid, (usize, usize)> {
    let columns: HashMap<_, _> = streams
        .iter()
        .enumerate()
        .map(|(index, stream)| (*stream, index))
        .collect();
    let place = |(index, traced): (usize, &TracedView)| {
        let column = columns.get(traced.event.stream.as_str()).copied().unwrap_or(0);
        (traced.event.event_id, (x(column), TOP + index * ROW + 16))
    };
    events.iter().enumerate().map(place).collect()
}

fn x(column: usize) -> usize {
    LEFT + column * COLUMN
}

/// A curve from the cause down to the effect.
fn edge((x1, y1): (usize, usize), (x2, y2): (usize, usize)) -> String {
    let middle = usize::midpoint(y1, y2);
    format!("M{x1} {y1}C{x1} {middle} {x2} {middle} {x2} {y2}")
}

/// As much of a text as a column is wide.
fn cut(text: &str) -> String {
    const SHOWN: usize = 24;
    let shown = plain(text);
    match shown.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &shown[..end]),
        None => shown,
    }
}
