use std::sync::Arc;

use axum::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::http::{HeaderMap, Uri};
use axum::response::Html;
use eventstore_core::{HolderPolicy, SubscriptionId, SubscriptionKey};
use maud::{Markup, html};
use tracing::Instrument;

use super::Page;
use super::change_params::{Action, ChangeParams};
use super::layout::{Place, page};
use super::text::{count, number, visible};
use crate::params::form;
use crate::problem::Problem;
use crate::query::find_subscription;
use crate::replay::{Replayed, replay, select};
use crate::security::require_same_origin;
use crate::site::Site;

/// Makes a change that was confirmed.
pub(crate) async fn change(
    State(site): State<Arc<Site>>,
    uri: Uri,
    headers: HeaderMap,
    given: Result<Form<ChangeParams>, FormRejection>,
) -> Page {
    require_same_origin(&headers, &uri)?;
    let params = form(given)?;
    site.common.sessions.require_writing(&headers, &params.form_token)?;
    let back = params.back();
    // A browser that goes away must not leave half of a change: it goes on without the browser.
    let changing = tokio::spawn(carry_out_and_tell(Arc::clone(&site), params).in_current_span());
    let outcome = changing
        .await
        .map_err(|_| Problem::failed("the change stopped before it was complete"))??;
    Ok(done(&site, &back, &outcome))
}

async fn carry_out_and_tell(site: Arc<Site>, params: ChangeParams) -> Result<Markup, Problem> {
    tracing::info!(
        store = site.name,
        action = params.action.name(),
        stream = params.stream,
        subscription = params.name,
        number = params.number,
        first = params.first,
        overrides = params.policy() == HolderPolicy::Override,
        "a change was requested on the pages"
    );
    let outcome = carry_out(&site, &params).await;
    site.forget_answers();
    if let Err(problem) = &outcome {
        tracing::warn!(
            action = params.action.name(),
            stream = params.stream,
            subscription = params.name,
            problem = problem.message,
            "the change failed"
        );
    }
    outcome
}

async fn carry_out(site: &Site, params: &ChangeParams) -> Result<Markup, Problem> {
    let (store, key) = (&*site.store, params.key()?);
    // What does not exist is not deleted, and has no parked events.
    let view = find_subscription(store, &key).await?;
    let id = SubscriptionId::new(view.id);
    params.require_accepted(&view)?;
    match params.action {
        Action::SetCheckpoint => {
            store.set_checkpoint(&key, params.number()?, params.policy()).await?;
            Ok(html! { p { "The checkpoint is now " (number(params.number()?.get())) "." } })
        }
        Action::Delete => {
            store.delete_subscription(&key, params.policy()).await?;
            Ok(html! { p { "The subscription is deleted." } })
        }
        Action::Discard => {
            if !store.unpark(id, params.number()?).await? {
                return Err(Problem::conflict("the event is not parked any more"));
            }
            Ok(html! { p { "1 parked event is discarded." } })
        }
        Action::Replay => Ok(outcome_of(&replay_selected(site, params, (&key, id)).await?)),
    }
}

/// Replays parked events, one request after another, so that these pages handle no event twice.
async fn replay_selected(
    site: &Site,
    params: &ChangeParams,
    (key, id): (&SubscriptionKey, SubscriptionId),
) -> Result<Replayed, Problem> {
    let handler = site.common.parked_events.as_ref();
    let handler = handler
        .filter(|handler| handler.handles(key))
        .ok_or_else(|| Problem::refused("these pages have no handler for this subscription"))?;
    let _running = site.replaying.begin(id).ok_or_else(|| {
        Problem::conflict("another replay of this subscription is running: try again once it has ended")
    })?;
    let selected = select(&*site.store, id, params.selection()?).await?;
    let replayed = replay(&*site.store, &**handler, (key, id), selected).await;
    tracing::info!(
        subscription = params.name,
        handled = replayed.handled,
        failed = replayed.failed.len(),
        waiting = replayed.waiting,
        stopped = replayed.stopped,
        "a replay has ended"
    );
    Ok(replayed)
}

fn outcome_of(replayed: &Replayed) -> Markup {
    let failed = u64::try_from(replayed.failed.len()).unwrap_or(u64::MAX);
    html! {
        p {
            (count(replayed.handled, "event")) " handled, " (number(failed)) " failed again, " (number(replayed.waiting))
            " left for later because an earlier event of the partition is still parked."
        }
        @if let Some(problem) = &replayed.stopped { p.problem { "The replay stopped before the last event: " (visible(problem)) } }
        ul { @for (event, reason) in &replayed.failed { li { "Event " (number(*event)) ": " (visible(reason)) } } }
    }
}

fn done(site: &Site, back: &str, outcome: &Markup) -> Html<String> {
    let main = html! {
        h1 { "Done" }
        div.panel role="status" { (outcome) }
        p { a href=(back) { "Back" } }
    };
    page(site, Place::Subscriptions, "Done", &main)
}
