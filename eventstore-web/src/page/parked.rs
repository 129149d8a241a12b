use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use eventstore_core::SubscriptionId;
use maud::{Markup, html};
use serde::Deserialize;

use super::Page;
use super::layout::{Place, page};
use super::subscriptions::{address, hidden_key};
use super::text::{count, number, time, visible};
use crate::params::PageParams;
use crate::query::{SubscriptionParams, find_subscription, list_parked};
use crate::security::Session;
use crate::site::Site;
use crate::view::{ParkedRow, ParkedView, SubscriptionView};

#[derive(Deserialize, Default)]
pub(crate) struct AfterParams {
    after: Option<u64>,
}

/// What can be done with the parked events of a subscription here.
#[derive(Clone, Copy)]
struct Offered {
    discard: bool,
    replay: bool,
}

/// The parked events of a subscription.
pub(crate) async fn parked(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    PageParams(params): PageParams<SubscriptionParams>,
    PageParams(after): PageParams<AfterParams>,
) -> Page {
    let key = params.key()?;
    let view = find_subscription(&*site.store, &key).await?;
    let list = list_parked(&*site.store, SubscriptionId::new(view.id), after.after.unwrap_or(0)).await?;
    let session = site.common.sessions.of(&headers);
    let may_write = matches!(session, Session::Writing { .. });
    let handler = site.common.parked_events.as_ref();
    let offered = Offered {
        discard: may_write,
        replay: may_write && handler.is_some_and(|handler| handler.handles(&key)),
    };
    let main = html! {
        h1 { "Parked events of " a href=(address("subscription", &view)) { (visible(&view.name)) } }
        p.hint { (count(list.count, "event")) " parked, in the order of the stream." }
        @if session == Session::Locked { p { a href="unlock" { "Unlock changes" } } }
        @if list.count > 0 { (first_events(&view, list.count, offered)) }
        (table(&view, &list, offered))
        @if let Some(next) = list.next {
            div.pages { a.button rel="next" href={ (address("parked", &view)) "&after=" (next) } { "More" } }
        }
    };
    Ok(page(
        &site,
        Place::Subscriptions,
        &format!("Parked events of {}", view.name),
        &main,
    ))
}

fn first_events(view: &SubscriptionView, count: u64, offered: Offered) -> Markup {
    html! {
        @if offered.replay {
            form.filters action="confirm" {
                (hidden_key(view))
                input type="hidden" name="action" value="replay";
                label { "How many, from the first" input name="first" inputmode="numeric" required value=(count.min(100)); }
                button { "Replay…" }
            }
        }
    }
}

fn table(view: &SubscriptionView, list: &ParkedView, offered: Offered) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="Parked events" {
            table {
                thead { tr { th.number { "Number" } th { "Reason" } th.number { "Attempts" } th { "Parked (UTC)" } th { "Event" } th { "" } } }
                tbody { @for row in &list.events { (row_of(view, row, offered)) } }
            }
        }
        @if list.events.is_empty() { p.hint { "No parked events." } }
    }
}

fn row_of(view: &SubscriptionView, row: &ParkedRow, offered: Offered) -> Markup {
    html! {
        tr {
            td.number { (number(row.number)) }
            td.name {
                @match &row.reason {
                    Some(reason) => (visible(reason)),
                    None => span.soft { "An earlier event of its partition is parked" },
                }
                @if let Some(partition) = &row.partition { " " span.tag { "partition " (visible(partition)) } }
            }
            td.number { @if let Some(attempts) = row.attempts { (attempts) } }
            td.time { (time(&row.parked_at)) }
            td.preview {
                @match &row.event {
                    Some(event) => { a href={ "event?id=" (event.event_id) } { (visible(&event.event_type)) } " " (visible(&event.preview)) }
                    None => "The event does not exist any more",
                }
            }
            td {
                @if offered.replay { (one(view, row.number, "replay", "Replay…")) }
                @if offered.discard { (one(view, row.number, "discard", "Discard…")) }
            }
        }
    }
}

fn one(view: &SubscriptionView, number: u64, action: &str, text: &str) -> Markup {
    html! {
        form action="confirm" {
            (hidden_key(view))
            input type="hidden" name="action" value=(action);
            input type="hidden" name="number" value=(number);
            button aria-label={ (text) " event " (number) } { (text) }
        }
    }
}
