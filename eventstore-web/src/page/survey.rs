use std::sync::Arc;

use axum::extract::State;
use axum::response::Html;
use maud::{Markup, html};

use super::Page;
use super::layout::{Place, page};
use super::streams::{PartParams, streams_table};
use super::text::{count, encoded, number, visible};
use crate::params::PageParams;
use crate::site::Site;
use crate::view::{CategoryView, SurveyView};

/// What no index knows: a walk through the list of streams finds it while the page is open.
pub(crate) async fn survey(State(site): State<Arc<Site>>, PageParams(part): PageParams<PartParams>) -> Page {
    let found = site.survey.look(&site.store);
    let found_part = part_of(&found);
    if part.is_part() {
        return Ok(Html(found_part.into_string()));
    }
    let main = html! {
        h1 { "Categories, longest and deleted streams" }
        div data-refresh="survey?part=found" { (found_part) }
    };
    Ok(page(&site, Place::Streams, "Categories", &main))
}

fn part_of(found: &SurveyView) -> Markup {
    html! {
        p.hint role="status" {
            @if let Some(problem) = &found.problem { "Not all streams could be examined: " (visible(problem)) }
            @else if found.is_complete { "All " (count(found.streams, "stream")) " examined." }
            @else { (count(found.streams, "stream")) " examined so far. The lists grow while this page is open; without JavaScript, reload it." }
        }
        div.columns {
            section { h2 { "Categories with the most streams" } (categories_table(&found.categories)) }
            section { h2 { "Longest streams" } (streams_table(&found.longest)) }
        }
        h2 { "Soft-deleted last" }
        (streams_table(&found.deleted))
    }
}

fn categories_table(categories: &[CategoryView]) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="Categories" {
            table {
                thead { tr { th { "Category" } th.number { "Streams" } th.number { "Events" } } }
                tbody {
                    @for category in categories {
                        tr {
                            td.name { a href={ "all?category=" (encoded(&category.category)) } { (visible(&category.category)) } }
                            td.number { (number(category.streams)) }
                            td.number { (number(category.events)) }
                        }
                    }
                }
            }
        }
    }
}
