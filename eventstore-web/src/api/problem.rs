use axum::Json;
use axum::response::{IntoResponse, Response};
use utoipa::IntoResponses;

use crate::problem::Problem;
use crate::view::ProblemView;

/// A problem as JSON.
pub(crate) struct JsonProblem(Problem);

/// The errors that every endpoint may answer.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "it only describes the answers")]
pub(super) enum Refusals {
    /// A parameter is missing or wrong
    #[response(status = 400)]
    Invalid(ProblemView),
    /// The storage does not let its user see this
    #[response(status = 403)]
    Refused(ProblemView),
    /// There is no such thing
    #[response(status = 404)]
    NotFound(ProblemView),
    /// The stream was deleted
    #[response(status = 410)]
    Deleted(ProblemView),
    /// The storage failed
    #[response(status = 500)]
    Failed(ProblemView),
    /// The storage does not answer
    #[response(status = 503)]
    Unavailable(ProblemView),
}

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
