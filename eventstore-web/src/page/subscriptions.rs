use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Html;
use maud::{Markup, html};

use super::Page;
use super::events_table::stream_address;
use super::layout::{Place, page};
use super::partitions::partitions;
use super::plot::{approximately, line};
use super::streams::PartParams;
use super::text::{encoded, number, plain, time, visible};
use crate::params::PageParams;
use crate::query::{SubscriptionParams, find_group, find_subscription, list_subscriptions};
use crate::security::Session;
use crate::site::Site;
use crate::view::{ReportView, SubscriptionView};

/// The subscriptions of the store.
pub(crate) async fn subscriptions(State(site): State<Arc<Site>>, PageParams(part): PageParams<PartParams>) -> Page {
    let listed = site.subscriptions.get((), list_subscriptions(&*site.store)).await?;
    let table = subscriptions_table(&site, &listed);
    if part.is_part() {
        return Ok(Html(table.into_string()));
    }
    let main = html! {
        h1 { "Subscriptions" }
        div data-refresh="subscriptions?part=table" { (table) }
    };
    Ok(page(&site, Place::Subscriptions, "Subscriptions", &main))
}

/// One subscription.
pub(crate) async fn subscription(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    PageParams(params): PageParams<SubscriptionParams>,
    PageParams(part): PageParams<PartParams>,
) -> Page {
    let view = find_subscription(&*site.store, &params.key()?).await?;
    let group = find_group(&*site.store, &params.key()?).await?;
    let details = html! {
        (details(&site, &view))
        @if let Some(group) = &group { (partitions(group)) }
    };
    if part.is_part() {
        return Ok(Html(details.into_string()));
    }
    let address = address("subscription", &view);
    let main = html! {
        h1 { (visible(&view.name)) }
        div data-refresh={ (address) "&part=details" } { (details) }
        (changes(&site, &view, &headers))
    };
    Ok(page(&site, Place::Subscriptions, &view.name, &main))
}

pub(super) fn subscriptions_table(site: &Site, subscriptions: &[SubscriptionView]) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="Subscriptions" {
            table {
                thead {
                    tr {
                        th { "Subscription" } th { "Stream" } th { "Status" } th.number { "Checkpoint" } th.number { "Head" }
                        th.number { "Lag" } th { "Recent lag" } th.number { "Parked" }
                    }
                }
                tbody {
                    @for view in subscriptions {
                        tr {
                            td.name { a href=(address("subscription", view)) { (visible(&view.name)) } }
                            td.name { a href=(of_stream(&view.stream)) { (visible(&view.stream)) } }
                            td { (status(view)) }
                            td.number { (number(view.checkpoint)) }
                            td.number { @if let Some(head) = view.head { (number(head)) } }
                            td.number { @if let Some(lag) = view.lag { (number(lag)) } }
                            td { (lags(site, view)) }
                            td.number { (parked_link(view)) }
                        }
                    }
                }
            }
        }
        @if subscriptions.is_empty() { p.hint { "No persistent subscriptions." } }
    }
}

fn details(site: &Site, view: &SubscriptionView) -> Markup {
    html! {
        dl.facts {
            div.fact { dt { "Status" } dd { (status(view)) } }
            div.fact { dt { "Checkpoint" } dd { (number(view.checkpoint)) } }
            @if let Some(head) = view.head { div.fact { dt { "Head of the stream" } dd { (number(head)) } } }
            @if let Some(lag) = view.lag { div.fact { dt { "Lag" } dd { (number(lag)) } } }
            div.fact { dt { "Parked events" } dd { (parked_link(view)) } }
        }
        dl.details {
            dt { "Stream" } dd { a href=(of_stream(&view.stream)) { (visible(&view.stream)) } }
            dt { "Created (UTC)" } dd { (time(&view.created_at)) }
            dt { "Recent lag" } dd { (lags(site, view)) }
        }
        @if let Some(report) = &view.report { (report_part(report, view.is_held)) }
        @if view.is_beyond_head {
            p.panel.problem { "The checkpoint is beyond the head of the stream. The subscription skips new events up to its checkpoint." }
        }
    }
}

/// What the holder has reported; of a subscription that no one runs, what the last holder did.
fn report_part(report: &ReportView, is_held: bool) -> Markup {
    html! {
        h2 { @if is_held { "The process that runs it" } @else { "The process that ran it last" } }
        dl.details {
            dt { "Process" } dd { (visible(&report.holder)) }
            dt { "Subscribers" } dd { (report.subscribers) }
            dt { "Delivered up to" } dd { (number(report.delivered)) }
            dt { @if is_held { "In flight at the last report" } @else { "In flight then" } } dd { (number(report.in_flight)) }
            @if let Some(number) = report.alone {
                dt { "One event at a time" }
                dd { "since the process before did not end in good order, now " (super::text::number(number)) }
            }
            @if report.attempts > 0 { dt { "Attempts at the current event" } dd { (report.attempts) } }
            @if let Some(failure) = &report.failure {
                dt { "Last failure" }
                dd {
                    a href={ "event?id=" (failure.event_id) } { "event " (number(failure.number)) } ": " (visible(&failure.message))
                    " " span.soft { (time(&failure.failed_at)) }
                }
            }
            dt { "Reported (UTC)" } dd { (time(&report.reported_at)) }
        }
    }
}

/// What may be changed, by those who may.
fn changes(site: &Site, view: &SubscriptionView, headers: &HeaderMap) -> Markup {
    match site.common.sessions.of(headers) {
        Session::ReadOnly => html! {},
        Session::Locked => html! { p { a href="unlock" { "Unlock changes" } } },
        Session::Writing { .. } => html! {
            h2 { "Change" }
            form.filters action="confirm" {
                (hidden_key(view))
                input type="hidden" name="action" value="set_checkpoint";
                label { "Checkpoint" input name="number" inputmode="numeric" required value=(view.checkpoint); }
                button { "Set the checkpoint…" }
            }
            form action="confirm" {
                (hidden_key(view))
                input type="hidden" name="action" value="delete";
                button.danger { "Delete the subscription…" }
            }
        },
    }
}

pub(super) fn hidden_key(view: &SubscriptionView) -> Markup {
    html! {
        input type="hidden" name="stream" value=(view.stream);
        input type="hidden" name="name" value=(view.name);
    }
}

pub(super) fn address(page: &str, view: &SubscriptionView) -> String {
    format!("{page}?stream={}&name={}", encoded(&view.stream), encoded(&view.name))
}

fn of_stream(name: &str) -> String {
    if name == eventstore_core::StreamSelector::ALL {
        "all".to_owned()
    } else {
        stream_address(name)
    }
}

fn status(view: &SubscriptionView) -> Markup {
    html! {
        @if view.is_held { span.tag.good { "running" } } @else { span.tag { "not running" } }
        @if let Some(report) = view.report.as_ref().filter(|report| view.is_held && report.attempts > 0) {
            " " span.tag.warn { "attempt " (report.attempts) }
        }
        @if view.is_beyond_head { " " span.tag.warn { "beyond the head" } }
    }
}

fn lags(site: &Site, view: &SubscriptionView) -> Markup {
    let lags: Vec<_> = site.monitor.lags(view.id).into_iter().map(approximately).collect();
    let description = format!("lag of {} over the last minutes", plain(&view.name));
    line(&lags, "spark", &description)
}

fn parked_link(view: &SubscriptionView) -> Markup {
    html! {
        @match view.parked {
            Some(0) => "0",
            Some(parked) => a href=(address("parked", view)) { (number(parked)) },
            None => span.soft { "unknown" },
        }
    }
}
