use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderName;
use axum::response::{Html, IntoResponse, Response};
use eventstore_core::StreamSelector;
use maud::html;
use serde::Deserialize;

use super::ProblemPage;
use super::events_table::row;
use crate::params::PageParams;
use crate::problem::Problem;
use crate::query::{EventsParams, read_events};
use crate::site::Site;

const LAST: HeaderName = HeaderName::from_static("x-last");
const MORE: HeaderName = HeaderName::from_static("x-more");

/// Of which stream the rows are, and after which number they begin; which events, the other parameters say.
#[derive(Deserialize)]
pub(crate) struct RowsParams {
    name: String,
    after: u64,
    /// The end of the store, as the page knows it.
    #[serde(default)]
    head: u64,
}

/// The rows that an open page has not shown yet, oldest first, and how far they go: the page asks again from there, so that it
/// misses none, however long it was away.
pub(crate) async fn rows(
    State(site): State<Arc<Site>>,
    PageParams(params): PageParams<RowsParams>,
    PageParams(filter): PageParams<EventsParams>,
) -> Result<Response, ProblemPage> {
    let selector = StreamSelector::try_from(params.name.as_str()).map_err(|error| Problem::invalid("name", error))?;
    let is_all = selector == StreamSelector::All;
    let query = filter.query(selector)?.newer_than(params.after, params.head);
    let found = site
        .events
        .get(query.clone(), read_events(&*site.store, &query))
        .await?;
    let last = found.examined_to.max(params.after).to_string();
    let rows = html! { @for event in &found.events { (row(event, is_all)) } };
    // A fragment without a table around it: the page puts the rows into the one that it has.
    let headers = [(LAST, last), (MORE, found.next.is_some().to_string())];
    Ok((headers, Html(rows.into_string())).into_response())
}
