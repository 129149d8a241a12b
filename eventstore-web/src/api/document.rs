use axum::Json;
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;

use super::reading;

/// The description of the API, by the `OpenAPI` specification.
#[derive(OpenApi)]
#[openapi(
    info(title = "eventstore", description = "What the pages of an event store show, as JSON"),
    paths(
        reading::overview,
        reading::streams,
        reading::stream,
        reading::events,
        reading::event,
        reading::trace,
        reading::subscriptions,
        reading::parked,
        reading::survey,
    )
)]
struct Description;

pub(super) async fn openapi() -> Json<Document> {
    Json(Description::openapi())
}
