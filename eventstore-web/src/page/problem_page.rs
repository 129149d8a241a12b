use axum::response::{IntoResponse, Response};
use maud::html;

use super::Page;
use super::bare::bare;
use crate::problem::Problem;

/// A problem as a page.
pub(crate) struct ProblemPage(pub(crate) Problem);

impl<P: Into<Problem>> From<P> for ProblemPage {
    fn from(problem: P) -> Self {
        Self(problem.into())
    }
}

impl IntoResponse for ProblemPage {
    fn into_response(self) -> Response {
        let Problem { status, message } = self.0;
        let title = status.canonical_reason().unwrap_or("Problem");
        let main = html! {
            h1 { (title) }
            p.panel.problem role="alert" { (super::text::visible(&message)) }
            p { a href="overview" { "To the overview" } }
        };
        (status, bare(title, &main)).into_response()
    }
}

pub(crate) async fn nothing() -> Page {
    Err(Problem::not_found("there is no such page").into())
}
