//! The same as JSON, for scripts.

mod document;
mod problem;
mod reading;

pub(crate) use problem::JsonProblem;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use crate::site::Site;

/// The routes of the API.
pub(crate) fn routes() -> Router<Arc<Site>> {
    Router::new()
        .route("/openapi.json", get(document::openapi))
        .route("/overview", get(reading::overview))
        .route("/streams", get(reading::streams))
        .route("/stream", get(reading::stream))
        .route("/events", get(reading::events))
        .route("/event", get(reading::event))
        .route("/trace", get(reading::trace))
        .route("/subscriptions", get(reading::subscriptions))
        .route("/group", get(reading::group))
        .route("/projections", get(reading::projections))
        .route("/parked", get(reading::parked))
        .route("/survey", get(reading::survey))
        .fallback(problem::nothing)
}
