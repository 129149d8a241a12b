use std::sync::Arc;

use axum::extract::State;
use axum::response::Redirect;
use eventstore_core::{EventId, StreamSelector};
use serde::Deserialize;
use uuid::Uuid;

use super::ProblemPage;
use super::text::encoded;
use crate::params::PageParams;
use crate::problem::Problem;
use crate::site::Site;

#[derive(Deserialize)]
pub(crate) struct GoParams {
    to: String,
}

/// Leads to what a person names: an event id, a correlation id, a position, a stream, or a stream and a version.
pub(crate) async fn go(
    State(site): State<Arc<Site>>,
    PageParams(params): PageParams<GoParams>,
) -> Result<Redirect, ProblemPage> {
    let address = match Target::of(params.to.trim()) {
        Target::Nothing => "overview".to_owned(),
        Target::All => "all".to_owned(),
        Target::Position(position) => format!("all?from={position}"),
        Target::Version(stream, version) => format!("stream?name={}&from={version}", encoded(stream)),
        Target::Stream(name) => stream(&site, name).await?,
        Target::Id(id) => match site.store.find_event(EventId::new(id)).await? {
            Some(_) => format!("event?id={id}"),
            None => format!("trace?correlation={id}"),
        },
    };
    Ok(Redirect::to(&address))
}

#[derive(Debug, PartialEq, Eq)]
enum Target<'t> {
    Nothing,
    All,
    Position(u64),
    Id(Uuid),
    Version(&'t str, u64),
    Stream(&'t str),
}

impl<'t> Target<'t> {
    fn of(text: &'t str) -> Self {
        if text.is_empty() {
            return Self::Nothing;
        }
        if text == StreamSelector::ALL {
            return Self::All;
        }
        if let Ok(position) = text.replace(',', "").parse() {
            return Self::Position(position);
        }
        if let Ok(id) = text.parse() {
            return Self::Id(id);
        }
        let parts = text
            .rsplit_once('@')
            .map(|(name, version)| (name.trim(), version.trim().parse()));
        match parts {
            Some((name, Ok(version))) if !name.is_empty() => Self::Version(name, version),
            _ => Self::Stream(text),
        }
    }
}

/// The stream, if there is one; otherwise the streams whose names begin so.
async fn stream(site: &Site, name: &str) -> Result<String, Problem> {
    let selector = StreamSelector::try_from(name).map_err(|error| Problem::invalid("stream", error))?;
    match crate::query::find_stream(&*site.store, &selector).await {
        Ok(_) => Ok(format!("stream?name={}", encoded(name))),
        Err(problem) if problem.status == axum::http::StatusCode::NOT_FOUND => {
            Ok(format!("streams?prefix={}", encoded(name)))
        }
        Err(problem) => Err(problem),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_types_is_recognized() {
        let id = Uuid::new_v4();
        for (text, expected) in [
            ("", Target::Nothing),
            ("$all", Target::All),
            ("1,234", Target::Position(1_234)),
            (&id.to_string(), Target::Id(id)),
            ("order-1 @ 7", Target::Version("order-1", 7)),
            ("order-1", Target::Stream("order-1")),
            ("a@b", Target::Stream("a@b")),
        ] {
            assert_eq!(Target::of(text), expected, "{text}");
        }
    }
}
