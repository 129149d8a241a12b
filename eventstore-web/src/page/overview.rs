use std::sync::Arc;

use axum::extract::State;
use axum::response::Html;
use maud::{Markup, html};

use super::Page;
use super::layout::{Place, page};
use super::plot::{approximately, line};
use super::streams::PartParams;
use super::subscriptions::subscriptions_table;
use super::text::{number, size, visible};
use crate::params::PageParams;
use crate::query::list_subscriptions;
use crate::site::Site;
use crate::view::{OverviewView, SampleView};

/// How the store is doing.
pub(crate) async fn overview(State(site): State<Arc<Site>>, PageParams(part): PageParams<PartParams>) -> Page {
    site.monitor.measured().await;
    let view = site.monitor.overview();
    let subscriptions = if view.is_up {
        let asked = list_subscriptions(&*site.store);
        Some(site.subscriptions.get((), asked).await?)
    } else {
        None
    };
    let shown = html! {
        (facts(&view))
        (plots(&view.samples))
        @if let Some(subscriptions) = &subscriptions {
            h2 { "Subscriptions" }
            (subscriptions_table(&site, subscriptions))
        }
    };
    if part.is_part() {
        return Ok(Html(shown.into_string()));
    }
    let main = html! {
        h1 { "Overview" }
        div data-refresh="overview?part=all" { (shown) }
    };
    Ok(page(&site, Place::Overview, "Overview", &main))
}

fn facts(view: &OverviewView) -> Markup {
    html! {
        @if let Some(problem) = &view.problem {
            p.panel.problem role="alert" { "The storage does not answer: " (visible(problem)) }
        }
        dl.facts {
            div.fact { dt { "Events" } dd { (number(view.head)) } }
            div.fact { dt { "Events per second" } dd { (format!("{:.1}", view.events_per_second)) } }
            div.fact { dt { "Greatest lag" } dd { (number(view.greatest_lag)) } }
            @if let Some(bytes) = view.bytes_on_disk { div.fact { dt { "On disk" } dd { (size(bytes)) } } }
            @if let Some(connections) = view.connections {
                div.fact {
                    dt { "Connections to the database" }
                    dd { (number(connections)) @if let Some(limit) = view.connection_limit { span.soft { " of " (number(limit)) } } }
                }
            }
            div.fact { dt { "Storage answers in" } dd { (format!("{}.{} ms", view.answered_in_micros / 1_000, view.answered_in_micros % 1_000 / 100)) } }
        }
    }
}

fn plots(samples: &[SampleView]) -> Markup {
    let minutes = samples.first().map_or(0, |first| first.seconds_ago / 60);
    let plots = [
        (
            "Events per second",
            rates(samples, |sample| Some(sample.events_per_second)),
        ),
        (
            "Greatest lag",
            rates(samples, |sample| Some(approximately(sample.greatest_lag))),
        ),
        (
            "Rows read per second",
            rates(samples, |sample| sample.rows_read_per_second),
        ),
        (
            "Transactions per second",
            rates(samples, |sample| sample.commits_per_second),
        ),
    ];
    // What the storage does not count is not shown.
    let shown = plots.iter().filter(|(_, values)| !values.is_empty());
    html! {
        div.plots {
            @for (name, values) in shown {
                figure.plot {
                    figcaption { span { (name) } span { "up to " (format!("{:.0}", values.iter().copied().fold(0.0, f64::max))) } }
                    (line(values, "area", &format!("{name} over the last {minutes} minutes")))
                }
            }
        }
    }
}

fn rates(samples: &[SampleView], value: fn(&SampleView) -> Option<f64>) -> Vec<f64> {
    samples.iter().filter_map(value).collect()
}
