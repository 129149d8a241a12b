use std::sync::Arc;

use axum::extract::State;
use axum::response::Html;
use maud::{Markup, html};

use super::Page;
use super::layout::{Place, page};
use super::streams::PartParams;
use super::text::{encoded, number, time, visible};
use crate::params::PageParams;
use crate::query::list_builds;
use crate::site::Site;
use crate::view::BuildView;

/// The builds of the managed projections.
pub(crate) async fn projections(State(site): State<Arc<Site>>, PageParams(part): PageParams<PartParams>) -> Page {
    let builds = site.builds.get((), list_builds(&*site.store)).await?;
    let table = table(&builds);
    if part.is_part() {
        return Ok(Html(table.into_string()));
    }
    let main = html! {
        h1 { "Projections" }
        div data-refresh="projections?part=table" { (table) }
    };
    Ok(page(&site, Place::Projections, "Projections", &main))
}

fn table(builds: &[BuildView]) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="Projections" {
            table {
                thead {
                    tr {
                        th { "Projection" } th.number { "Build" } th.number { "Version" } th { "State" } th.number { "Position" }
                        th.number { "Target" } th.number { "Done" } th { "Time left" } th { "Begun (UTC)" } th { "Failure" }
                    }
                }
                tbody { @for build in builds { (row(build)) } }
            }
        }
        @if builds.is_empty() { p.hint { "No managed projections." } }
    }
}

fn row(build: &BuildView) -> Markup {
    let subscription = format!(
        "subscription?name={}",
        encoded(&format!("projection:{}:{}", build.name, build.build))
    );
    let percent = build
        .position
        .saturating_mul(100)
        .checked_div(build.target)
        .unwrap_or(100)
        .min(100);
    html! {
        tr {
            td.name { a href=(subscription) { (build.name) } }
            td.number { (build.build) }
            td.number { (build.version) }
            td { (state(&build.state)) }
            td.number { (number(build.position)) }
            td.number { (number(build.target)) }
            td.number { (percent) " %" }
            td { @if let Some(seconds) = build.seconds_left { (left(seconds)) } }
            td { (time(&build.created_at)) }
            td {
                @if let Some(failure) = &build.failure {
                    @if let Some(at) = build.failed_number { a href={ "go?to=" (at) } { "event " (number(at)) } ": " }
                    (visible(failure))
                }
            }
        }
    }
}

fn state(state: &str) -> Markup {
    html! {
        @match state {
            "live" => span.tag.good { "live" },
            "failed" | "paused" => span.tag.warn { (state) },
            _ => span.tag { (state) },
        }
    }
}

fn left(seconds: u64) -> String {
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7_199 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3_600),
    }
}
