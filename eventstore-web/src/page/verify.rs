use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::{Html, IntoResponse, Redirect, Response};
use maud::{Markup, html};

use super::layout::{Place, page};
use super::streams::PartParams;
use super::text::{count, number, visible};
use super::{Page, ProblemPage};
use crate::params::PageParams;
use crate::problem::Problem;
use crate::query::{Progress, Verifier};
use crate::security::require_same_origin;
use crate::site::Site;

/// The check of the whole store: its progress and what it has found.
pub(crate) async fn verify(State(site): State<Arc<Site>>, PageParams(part): PageParams<PartParams>) -> Page {
    require_verifier(&site)?;
    let progress = site.verification.progress();
    let shown = progress.as_ref().map(part_of);
    if part.is_part() {
        return Ok(Html(shown.map(Markup::into_string).unwrap_or_default()));
    }
    let is_running = progress.is_some_and(|progress| progress.outcome.is_none());
    let main = html! {
        h1 { "Verify" }
        p.hint { "Reads the whole store and looks for corruption. Appends and subscriptions go on meanwhile." }
        form method="post" action="verify" { button disabled[is_running] { "Begin a check" } }
        div data-refresh="verify?part=progress" aria-live="polite" { @if let Some(shown) = &shown { (shown) } }
    };
    Ok(page(&site, Place::Verify, "Verify", &main))
}

pub(crate) async fn begin_verify(
    State(site): State<Arc<Site>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, ProblemPage> {
    require_same_origin(&headers, &uri)?;
    site.verification.begin(require_verifier(&site)?);
    Ok(Redirect::to("verify").into_response())
}

fn require_verifier(site: &Site) -> Result<Arc<dyn Verifier>, Problem> {
    let missing = || Problem::not_found("these pages have no verifier for the store");
    site.verifier.clone().ok_or_else(missing)
}

fn part_of(progress: &Progress) -> Markup {
    html! {
        p.panel {
            @match &progress.outcome {
                None => {
                    "Checking: " (number(progress.looked_at)) " of about " (number(progress.total)) " events and streams. "
                    progress value=(progress.looked_at) max=(progress.total.max(1)) aria-label="Progress of the check" {}
                }
                Some(Ok(())) => { (number(progress.looked_at)) " events and streams checked: " (count(u64::try_from(progress.findings.len()).unwrap_or(u64::MAX), "finding")) "." }
                Some(Err(problem)) => { "The check has ended early: " (visible(problem)) }
            }
        }
        ul {
            @for (is_damage, text) in &progress.findings {
                li { @if *is_damage { span.tag.warn { "corruption" } } @else { span.tag { "notice" } } " " (visible(text)) }
            }
        }
    }
}
