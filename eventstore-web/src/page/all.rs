use std::sync::Arc;

use axum::extract::State;
use eventstore_core::StreamSelector;
use maud::{Markup, html};
use serde::Deserialize;

use super::Page;
use super::events_table::{Following, events_table};
use super::layout::{Place, page};
use super::text::{encoded, number};
use crate::params::PageParams;
use crate::query::{EventsParams, Order, read_events};
use crate::site::Site;
use crate::view::EventsView;

/// Whether a list goes on with what comes; an address says so once a list has.
#[derive(Deserialize, Default)]
pub(crate) struct LiveParams {
    live: Option<String>,
}

/// `$all`, as it grows.
pub(crate) async fn all(
    State(site): State<Arc<Site>>,
    PageParams(params): PageParams<EventsParams>,
    PageParams(live): PageParams<LiveParams>,
) -> Page {
    let query = params.query(StreamSelector::All)?;
    let order = query.order();
    let list = site
        .events
        .get(query.clone(), read_events(&*site.store, &query))
        .await?;
    let list = List {
        name: StreamSelector::ALL,
        address: "all?",
        params: &params,
        order,
        events: &list,
    };
    let main = html! {
        h1 { "All events" }
        (filters(&params))
        (list.part(live.is_on()))
    };
    Ok(page(&site, Place::All, "All events", &main))
}

impl LiveParams {
    pub(super) fn is_on(&self) -> bool {
        self.live.is_some()
    }
}

/// A list of events with its pages.
pub(super) struct List<'a> {
    /// The stream.
    pub(super) name: &'a str,
    /// The address of the page, up to its parameters.
    pub(super) address: &'a str,
    pub(super) params: &'a EventsParams,
    pub(super) order: Order,
    pub(super) events: &'a EventsView,
}

impl List<'_> {
    pub(super) fn part(&self, is_live: bool) -> Markup {
        let following = self.following(is_live);
        let next = self.events.next.map(|next| self.at(Some(next), self.order));
        html! {
            @if following.is_some() {
                p { button #pause type="button" hidden aria-pressed="false" { "Pause" } " " span.hint { "New events appear as they come." } }
            }
            (events_table(&self.events.events, self.name == StreamSelector::ALL, following.as_ref()))
            @if self.events.events.is_empty() && self.events.next.is_some() {
                p.hint { "Nothing matches up to " (number(self.events.examined_to)) "; the search goes on from there with the next page." }
            }
            div.pages {
                a.button href=(self.at(None, Order::Newest)) { "Newest" }
                a.button href=(self.at(None, Order::Oldest)) { "Oldest" }
                @if let Some(next) = &next {
                    a.button rel="next" href=(next) { @if self.order == Order::Newest { "Older" } @else { "Newer" } }
                }
            }
        }
    }

    /// The list follows the stream if its end is in sight: the newest events, or the last part of the oldest.
    fn following(&self, is_live: bool) -> Option<Following> {
        let last = match self.order {
            Order::Newest if is_live || self.params.from.is_none() => {
                let newest = self.events.events.first().map_or(0, |event| event.number);
                let from = self.params.from.as_deref().and_then(|from| from.trim().parse().ok());
                from.unwrap_or(newest).max(newest)
            }
            Order::Oldest if self.events.next.is_none() => self.events.events.last().map_or(0, |event| event.number),
            _ => return None,
        };
        Some(Following {
            rows: format!("rows?name={}{}&after=", encoded(self.name), self.filter()),
            last,
            order: self.order,
        })
    }

    fn at(&self, from: Option<u64>, order: Order) -> String {
        let order = if order == Order::Oldest { "&order=oldest" } else { "" };
        let from = from.map(|from| format!("&from={from}")).unwrap_or_default();
        format!("{}{}{order}{from}", self.address, self.filter())
    }

    fn filter(&self) -> String {
        let EventsParams {
            types,
            category,
            prefix,
            correlation,
            ..
        } = self.params;
        let given = [
            ("types", types),
            ("category", category),
            ("prefix", prefix),
            ("correlation", correlation),
        ];
        let given = given
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.as_deref()?)));
        given.fold(String::new(), |filter, (name, value)| {
            filter + "&" + name + "=" + &encoded(value)
        })
    }
}

fn filters(params: &EventsParams) -> Markup {
    html! {
        form.filters action="all" {
            (field("Types", "types", params.types.as_deref(), "text"))
            (field("Category", "category", params.category.as_deref(), "text"))
            (field("Stream begins with", "prefix", params.prefix.as_deref(), "text"))
            (field("Correlation id", "correlation", params.correlation.as_deref(), "text"))
            (field("Since (UTC)", "since", params.since.as_deref(), "datetime-local"))
            button { "Filter" }
        }
    }
}

pub(super) fn field(label: &str, name: &str, value: Option<&str>, kind: &str) -> Markup {
    html! { label { (label) input type=(kind) name=(name) value=[value]; } }
}
