use std::error::Error;

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::response::IntoResponse;
use serde::de::DeserializeOwned;

use crate::api::JsonProblem;
use crate::page::ProblemPage;
use crate::problem::Problem;

/// The query parameters of a page. An error in them is answered with a page.
pub(crate) struct PageParams<T>(pub(crate) T);

/// The query parameters of an answer in JSON. An error in them is answered with JSON.
pub(crate) struct JsonParams<T>(pub(crate) T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for PageParams<T> {
    type Rejection = ProblemPage;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        read(parts).map(Self)
    }
}

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for JsonParams<T> {
    type Rejection = JsonProblem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        read(parts).map(Self)
    }
}

fn read<T: DeserializeOwned, P: From<Problem> + IntoResponse>(parts: &Parts) -> Result<T, P> {
    let read = Query::try_from_uri(&parts.uri);
    let Query(params) = read.map_err(|rejection| Problem::invalid("address", reason(&rejection)))?;
    Ok(params)
}

/// What a form says.
pub(crate) fn form<T>(read: Result<Form<T>, FormRejection>) -> Result<T, Problem> {
    let Form(form) = read.map_err(|rejection| Problem {
        status: rejection.status(),
        ..Problem::invalid("form", reason(&rejection))
    })?;
    Ok(form)
}

/// What is wrong, without what the framework says around it.
fn reason(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
