use std::sync::Arc;

use axum::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Redirect, Response};
use maud::html;
use serde::Deserialize;

use super::layout::{Place, page};
use super::{Page, ProblemPage};
use crate::params::form;
use crate::security::require_same_origin;
use crate::site::Site;

/// A form for the token that lets a browser change something.
pub(crate) async fn unlock(State(site): State<Arc<Site>>) -> Page {
    Ok(form_page(&site, None))
}

#[derive(Deserialize)]
pub(crate) struct UnlockForm {
    token: String,
}

pub(crate) async fn unlocked(
    State(site): State<Arc<Site>>,
    uri: Uri,
    headers: HeaderMap,
    given: Result<Form<UnlockForm>, FormRejection>,
) -> Result<Response, ProblemPage> {
    require_same_origin(&headers, &uri)?;
    let Some(id) = site.common.sessions.unlock(&form(given)?.token).await? else {
        let again = form_page(&site, Some("This is not the token."));
        return Ok((StatusCode::FORBIDDEN, again).into_response());
    };
    tracing::info!("a browser has unlocked changes");
    let cookie = site.common.sessions.cookie(id);
    Ok(([(SET_COOKIE, cookie)], Redirect::to("subscriptions")).into_response())
}

fn form_page(site: &Site, problem: Option<&str>) -> Html<String> {
    let main = html! {
        h1 { "Unlock changes" }
        @if let Some(problem) = problem { p.panel.problem role="alert" { (problem) } }
        p.hint { "The command that serves these pages printed the token when it started, unless it was given one." }
        form.filters method="post" action="unlock" {
            label { "Token" input type="password" name="token" required autocomplete="off"; }
            button { "Unlock" }
        }
    };
    page(site, Place::Elsewhere, "Unlock changes", &main)
}
