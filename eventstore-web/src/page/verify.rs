use std::sync::{Arc, Mutex, PoisonError};

use axum::Form;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, Uri};
use axum::response::{Html, IntoResponse, Redirect, Response};
use maud::{Markup, html};
use tokio::task::JoinHandle;

use super::layout::{Place, page};
use super::streams::PartParams;
use super::text::{number, visible};
use super::{Page, ProblemPage};
use crate::problem::Problem;
use crate::query::{Check, Verifier};
use crate::security::require_same_origin;
use crate::site::Site;

/// How many findings are kept: more say no more.
const KEPT: usize = 1_000;

/// The latest check of a store.
#[derive(Debug, Default)]
pub(crate) struct Verification {
    running: Mutex<Option<Running>>,
}

#[derive(Debug)]
struct Running {
    progress: Arc<Mutex<Progress>>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default, Clone)]
struct Progress {
    total: u64,
    looked_at: u64,
    findings: Vec<(bool, String)>,
    outcome: Option<Result<(), String>>,
}

impl Verification {
    /// Begins a check unless one is running.
    fn begin(&self, verifier: Arc<dyn Verifier>) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if running.as_ref().is_some_and(|running| !running.task.is_finished()) {
            return;
        }
        let progress = Arc::default();
        let task = tokio::spawn(check(verifier, Arc::clone(&progress)));
        *running = Some(Running { progress, task });
    }

    fn progress(&self) -> Option<Progress> {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.as_ref().map(|running| lock(&running.progress).clone())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn check(verifier: Arc<dyn Verifier>, progress: Arc<Mutex<Progress>>) {
    let outcome = verifier.verify(&mut |check| lock(&progress).add(check)).await;
    lock(&progress).outcome = Some(outcome);
}

impl Progress {
    fn add(&mut self, check: Check) {
        match check {
            Check::Total(total) => self.total = total,
            Check::LookedAt(count) => self.looked_at = self.looked_at.saturating_add(count),
            Check::Finding { is_damage, text } if self.findings.len() < KEPT => self.findings.push((is_damage, text)),
            Check::Finding { .. } => {}
        }
    }
}

/// The check of the whole store: its progress and what it has found.
pub(crate) async fn verify(State(site): State<Arc<Site>>, Query(part): Query<PartParams>) -> Page {
    require_verifier(&site)?;
    let progress = site.verification.progress();
    let shown = progress.as_ref().map(part_of);
    if part.is_part() {
        return Ok(Html(shown.map(Markup::into_string).unwrap_or_default()));
    }
    let is_running = progress.is_some_and(|progress| progress.outcome.is_none());
    let main = html! {
        h1 { "Verify" }
        p.hint { "Reads the whole store and looks for damage. Appends and subscriptions go on meanwhile." }
        form method="post" action="verify" { button disabled[is_running] { "Begin a check" } }
        div data-refresh="verify?part=progress" aria-live="polite" { @if let Some(shown) = &shown { (shown) } }
    };
    Ok(page(&site, Place::Verify, "Verify", &main))
}

pub(crate) async fn begin_verify(
    State(site): State<Arc<Site>>,
    uri: Uri,
    headers: HeaderMap,
    Form(()): Form<()>,
) -> Result<Response, ProblemPage> {
    require_same_origin(&headers, &uri)?;
    site.verification.begin(require_verifier(&site)?);
    Ok(Redirect::to("verify").into_response())
}

fn require_verifier(site: &Site) -> Result<Arc<dyn Verifier>, Problem> {
    let missing = || Problem::not_found("these pages do not check the store");
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
                Some(Ok(())) => { (number(progress.looked_at)) " events and streams were looked at: " (number(u64::try_from(progress.findings.len()).unwrap_or(u64::MAX))) " findings." }
                Some(Err(problem)) => { "The check has ended early: " (visible(problem)) }
            }
        }
        ul {
            @for (is_damage, text) in &progress.findings {
                li { @if *is_damage { span.tag.warn { "damage" } } @else { span.tag { "notice" } } " " (visible(text)) }
            }
        }
    }
}

fn lock(progress: &Mutex<Progress>) -> std::sync::MutexGuard<'_, Progress> {
    progress.lock().unwrap_or_else(PoisonError::into_inner)
}
