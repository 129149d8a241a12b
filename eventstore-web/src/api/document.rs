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
        reading::group,
        reading::projections,
        reading::parked,
        reading::survey,
    )
)]
struct Description;

pub(super) async fn openapi() -> Json<Document> {
    Json(Description::openapi())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn it_says_which_parameters_are_needed_and_what_a_problem_looks_like() {
        let document: Value = serde_json::to_value(Description::openapi()).unwrap();
        let needed = |path: &str| -> Vec<_> {
            let parameters = document["paths"][path]["get"]["parameters"].as_array().cloned();
            let parameters = parameters.unwrap_or_default().into_iter();
            let needed = parameters.filter(|parameter| parameter["required"] == true);
            needed
                .map(|parameter| parameter["name"].as_str().unwrap().to_owned())
                .collect()
        };
        assert_eq!(needed("/api/streams"), [""; 0]);
        for (path, name) in [
            ("/api/stream", "name"),
            ("/api/events", "name"),
            ("/api/event", "id"),
            ("/api/trace", "correlation"),
            ("/api/parked", "name"),
            ("/api/group", "name"),
        ] {
            assert_eq!(needed(path), [name], "{path}");
        }
        for (path, operation) in document["paths"].as_object().unwrap() {
            let refused = &operation["get"]["responses"]["400"]["content"]["application/json"];
            assert!(refused["schema"].is_object(), "{path}");
        }
    }
}
