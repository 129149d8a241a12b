use axum::Json;
use axum::response::{IntoResponse, Response};

use crate::problem::Problem;
use crate::view::ProblemView;

/// A problem as JSON.
pub(super) struct JsonProblem(Problem);

impl<P: Into<Problem>> From<P> for JsonProblem {
    fn from(problem: P) -> Self {
        Self(problem.into())
    }
}

impl IntoResponse for JsonProblem {
    fn into_response(self) -> Response {
        let Problem { status, message } = self.0;
        (status, Json(ProblemView { error: message })).into_response()
    }
}

pub(super) async fn nothing() -> JsonProblem {
    Problem::not_found("there is no such resource; openapi.json lists them").into()
}
