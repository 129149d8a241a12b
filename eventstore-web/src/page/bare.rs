use axum::response::Html;
use maud::{DOCTYPE, Markup, html};

use super::text::plain;
use crate::assets::{ICON, STYLE};

/// A page without a store, for what is wrong before there is one.
pub(super) fn bare(title: &str, main: &Markup) -> Html<String> {
    let header = html! { header { a.brand href="overview" { "eventstore" } } };
    let document = html! {
        (DOCTYPE)
        html lang="en" {
            head { (head(title)) }
            body { (header) main #main { (main) } }
        }
    };
    Html(document.into_string())
}

/// What every page says about itself.
pub(super) fn head(title: &str) -> Markup {
    html! {
        meta charset="utf-8";
        meta name="viewport" content="width=device-width, initial-scale=1";
        meta name="robots" content="noindex";
        title { (plain(title)) " – eventstore" }
        link rel="icon" href=(ICON.address);
        link rel="stylesheet" href=(STYLE.address);
    }
}
