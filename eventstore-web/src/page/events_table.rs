use maud::{Markup, html};

use super::text::{encoded, number, size, time, visible};
use crate::query::Order;
use crate::view::EventRow;

/// A table that follows the stream: where its next rows come from, and which number was seen last.
pub(super) struct Following {
    /// The address of the rows, up to the number after which they begin.
    pub(super) rows: String,
    pub(super) last: u64,
    pub(super) order: Order,
}

/// Events as a table.
pub(super) fn events_table(events: &[EventRow], is_all: bool, following: Option<&Following>) -> Markup {
    let order = following.map(|following| match following.order {
        Order::Newest => "newest",
        Order::Oldest => "oldest",
    });
    html! {
        div.scroll tabindex="0" role="region" aria-label="Events" {
            table {
                thead {
                    tr {
                        th.number { @if is_all { "Position" } @else { "Version" } }
                        th { "Type" }
                        @if is_all { th { "Stream" } }
                        th { "Time (UTC)" }
                        th { "Data" }
                    }
                }
                tbody data-live=[following.map(|following| &following.rows)] data-last=[following.map(|following| following.last)] data-order=[order] {
                    @for event in events { (row(event, is_all)) }
                }
            }
        }
        @if events.is_empty() { p.hint #no-events { "No events here." } }
    }
}

/// One event as a row.
pub(super) fn row(event: &EventRow, is_all: bool) -> Markup {
    let link = format!("event?id={}", event.event_id);
    html! {
        tr data-number=(event.number) {
            td.number { a href=(link) { (number(event.number)) } }
            td.name {
                (visible(&event.event_type))
                @if event.is_link {
                    " " a.tag href=(link) title="The event was appended to another stream" { "link to " (visible(&event.stream)) " @ " (event.stream_version) }
                }
            }
            @if is_all { td.name { a href=(stream_address(&event.stream)) { (visible(&event.stream)) } span.soft { " @ " (event.stream_version) } } }
            td.time { (time(&event.created_at)) }
            td.preview { (visible(&event.preview)) " " span.soft { (size(u64::try_from(event.data_bytes).unwrap_or(u64::MAX))) } }
        }
    }
}

pub(super) fn stream_address(name: &str) -> String {
    format!("stream?name={}", encoded(name))
}
