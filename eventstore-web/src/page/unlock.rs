use std::sync::Arc;

use axum::Form;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use maud::html;
use serde::Deserialize;

use super::layout::{Place, page};
use super::{Page, ProblemPage};
use crate::problem::Problem;
use crate::security::{Session, require_same_origin};
use crate::site::Site;

/// A form for the token that lets a browser change something.
pub(crate) async fn unlock(State(site): State<Arc<Site>>) -> Page {
    let main = html! {
        h1 { "Unlock changes" }
        p.hint { "The command that serves these pages printed the token when it started." }
        form.filters method="post" action="unlock" {
            label { "Token" input type="password" name="token" required autocomplete="off"; }
            button { "Unlock" }
        }
    };
    Ok(page(&site, Place::Elsewhere, "Unlock changes", &main))
}

#[derive(Deserialize)]
pub(crate) struct UnlockForm {
    token: String,
}

pub(crate) async fn unlocked(
    State(site): State<Arc<Site>>,
    uri: Uri,
    headers: HeaderMap,
    Form(form): Form<UnlockForm>,
) -> Result<Response, ProblemPage> {
    require_same_origin(&headers, &uri)?;
    let Some(id) = site.common.sessions.unlock(&form.token) else {
        tracing::warn!("a browser has given a wrong token");
        return Err(Problem::refused("this is not the token").into());
    };
    tracing::info!("a browser has unlocked changes");
    Ok(([(SET_COOKIE, Session::cookie(id))], Redirect::to("subscriptions")).into_response())
}
