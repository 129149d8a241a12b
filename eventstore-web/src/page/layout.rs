use axum::response::Html;
use maud::{DOCTYPE, Markup, html};

use super::bare::head;
use super::text::encoded;
use crate::assets::{SCRIPT, WORKER};
use crate::site::Site;

/// A place of the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Overview,
    Streams,
    All,
    Subscriptions,
    Projections,
    Verify,
    Elsewhere,
}

/// A whole page around its main part.
pub(super) fn page(site: &Site, place: Place, title: &str, main: &Markup) -> Html<String> {
    let header = html! {
        @if let Some(label) = &site.common.label { div.label role="note" { (label) } }
        header {
            a.brand href="overview" { "eventstore" }
            (navigation(site, place))
            @if site.common.names.len() > 1 { (switch(site)) }
            form action="go" role="search" {
                input #go name="to" placeholder="Stream, position or id" aria-label="Go to a stream, a position or an event id" maxlength="3000";
                button { "Go" }
            }
        }
        div #status role="status" hidden {}
    };
    document(title, &header, main)
}

fn document(title: &str, header: &Markup, main: &Markup) -> Html<String> {
    let document = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                (head(title))
                meta name="worker" content=(WORKER.address);
                script src=(SCRIPT.address) defer {}
            }
            body {
                a.skip href="#main" { "Skip to the content" }
                (header)
                main #main tabindex="-1" { (main) }
            }
        }
    };
    Html(document.into_string())
}

fn navigation(site: &Site, current: Place) -> Markup {
    let places = [
        (Place::Overview, "overview", "Overview"),
        (Place::Streams, "streams", "Streams"),
        (Place::All, "all", "All events"),
        (Place::Subscriptions, "subscriptions", "Subscriptions"),
        (Place::Projections, "projections", "Projections"),
        (Place::Verify, "verify", "Verify"),
    ];
    let shown = places
        .into_iter()
        .filter(|(place, ..)| *place != Place::Verify || site.verifier.is_some());
    html! {
        nav aria-label="Pages" {
            @for (place, address, name) in shown {
                a href=(address) aria-current=[(place == current).then_some("page")] { (name) }
            }
        }
    }
}

fn switch(site: &Site) -> Markup {
    html! {
        nav aria-label="Stores" {
            @for name in &site.common.names {
                a href={ "../" (encoded(name)) "/overview" } aria-current=[(*name == site.name).then_some("true")] { (name) }
            }
        }
    }
}
