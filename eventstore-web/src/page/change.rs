use std::sync::Arc;

use axum::Form;
use axum::extract::{Query, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, Uri};
use axum::response::{Html, IntoResponse, Response};
use eventstore_core::{EventNumber, HolderPolicy, SubscriptionId, SubscriptionKey};
use maud::{Markup, html};
use serde::Deserialize;

use super::layout::{Place, page};
use super::text::{encoded, number, visible};
use super::{Page, ProblemPage};
use crate::problem::Problem;
use crate::query::{SubscriptionParams, find_subscription};
use crate::replay::{Replayed, Selection, replay, select};
use crate::security::{Session, require_same_origin};
use crate::site::Site;
use crate::view::SubscriptionView;

/// How many parked events are replayed at once: the browser waits for the last.
const MOST: u32 = 1_000;

/// A change, as a form says it.
#[derive(Deserialize)]
pub(crate) struct ChangeParams {
    stream: String,
    name: String,
    action: Action,
    /// The event, or the checkpoint.
    number: Option<String>,
    /// How many events, from the first.
    first: Option<String>,
    /// Whether a running subscription is changed too.
    #[serde(default)]
    overrides: Option<String>,
    /// Shows that the form is one of ours.
    #[serde(default)]
    form_token: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Action {
    Replay,
    Discard,
    SetCheckpoint,
    Delete,
}

/// Asks whether a change is meant, with the number that it concerns.
pub(crate) async fn confirm(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    Query(params): Query<ChangeParams>,
) -> Result<Response, ProblemPage> {
    let Session::Writing { id, form_token } = site.common.sessions.of(&headers) else {
        return Err(Problem::refused("changes are locked here").into());
    };
    let key = params.key()?;
    let view = find_subscription(&*site.store, &key).await?;
    let question = question(&site, &params, &view).await?;
    let main = html! {
        h1 { (question) }
        p { "Subscription " (visible(&view.name)) " to " (visible(&view.stream)) "." }
        form.filters method="post" action="change" {
            input type="hidden" name="stream" value=(params.stream);
            input type="hidden" name="name" value=(params.name);
            input type="hidden" name="action" value=(params.action.name());
            @if let Some(number) = &params.number { input type="hidden" name="number" value=(number); }
            @if let Some(first) = &params.first { input type="hidden" name="first" value=(first); }
            input type="hidden" name="form_token" value=(form_token);
            @if view.is_held && params.action.needs_rest() {
                label { "A process runs it" select name="overrides" { option value="" { "Then do not" } option value="yes" { "Change it all the same" } } }
            }
            button.danger { (params.action.verb()) }
            a.button href=(back(&params)) { "Cancel" }
        }
    };
    let page = page(&site, Place::Subscriptions, "Confirm", &main);
    Ok(([(SET_COOKIE, Session::cookie(id))], page).into_response())
}

/// Makes a change that was confirmed.
pub(crate) async fn change(
    State(site): State<Arc<Site>>,
    uri: Uri,
    headers: HeaderMap,
    Form(params): Form<ChangeParams>,
) -> Page {
    require_same_origin(&headers, &uri)?;
    site.common.sessions.require_writing(&headers, &params.form_token)?;
    let key = params.key()?;
    tracing::info!(
        action = params.action.name(),
        stream = params.stream,
        subscription = params.name,
        number = params.number,
        first = params.first,
        "a change is made over the pages"
    );
    let outcome = carry_out(&site, &params, &key).await;
    site.forget_answers();
    if let Err(problem) = &outcome {
        tracing::warn!(
            action = params.action.name(),
            problem = problem.message,
            "the change is refused"
        );
    }
    Ok(done(&site, &params, &outcome?))
}

async fn question(site: &Site, params: &ChangeParams, view: &SubscriptionView) -> Result<String, Problem> {
    Ok(match params.action {
        Action::SetCheckpoint => {
            format!(
                "Set the checkpoint from {} to {}?",
                number(view.checkpoint),
                number(params.number()?.get())
            )
        }
        Action::Delete => format!(
            "Delete the subscription with its checkpoint {} and {} parked events?",
            number(view.checkpoint),
            number(view.parked)
        ),
        Action::Discard => format!("Discard the parked event {}?", number(params.number()?.get())),
        Action::Replay => {
            let selected = select(&*site.store, SubscriptionId::new(view.id), params.selection()?).await?;
            match params.selection()? {
                Selection::One(event) => format!("Replay the parked event {}?", number(event.get())),
                Selection::First(_) => format!("Replay {} parked events?", selected.len()),
            }
        }
    })
}

async fn carry_out(site: &Site, params: &ChangeParams, key: &SubscriptionKey) -> Result<Markup, Problem> {
    let store = &*site.store;
    match params.action {
        Action::SetCheckpoint => {
            store.set_checkpoint(key, params.number()?, params.policy()).await?;
            Ok(html! { p { "The checkpoint is " (number(params.number()?.get())) " now." } })
        }
        Action::Delete => {
            store.delete_subscription(key, params.policy()).await?;
            Ok(html! { p { "The subscription is deleted." } })
        }
        Action::Discard => {
            let id = store.subscription_info(key).await?.record.id;
            if !store.unpark(id, params.number()?).await? {
                return Err(Problem::conflict("the event is not parked any more"));
            }
            Ok(html! { p { "1 parked event is discarded." } })
        }
        Action::Replay => {
            let handler = site
                .common
                .parked_events
                .as_ref()
                .filter(|handler| handler.handles(key));
            let handler = handler.ok_or_else(|| Problem::refused("no handler for this subscription is known here"))?;
            let id = store.subscription_info(key).await?.record.id;
            let selected = select(store, id, params.selection()?).await?;
            Ok(replayed(&replay(store, &**handler, (key, id), selected).await?))
        }
    }
}

fn replayed(replayed: &Replayed) -> Markup {
    html! {
        p { (replayed.handled) " parked events are handled, " (replayed.failed.len()) " failed again, " (replayed.waiting) " wait for an earlier event of their partition." }
        ul { @for (event, reason) in &replayed.failed { li { "Event " (number(*event)) ": " (visible(reason)) } } }
    }
}

fn done(site: &Site, params: &ChangeParams, outcome: &Markup) -> Html<String> {
    let main = html! {
        h1 { "Done" }
        div.panel role="status" { (outcome) }
        p { a href=(back(params)) { "Back" } }
    };
    page(site, Place::Subscriptions, "Done", &main)
}

fn back(params: &ChangeParams) -> String {
    let page = match params.action {
        Action::Replay | Action::Discard => "parked",
        Action::SetCheckpoint => "subscription",
        Action::Delete => return "subscriptions".to_owned(),
    };
    format!(
        "{page}?stream={}&name={}",
        encoded(&params.stream),
        encoded(&params.name)
    )
}

impl ChangeParams {
    fn key(&self) -> Result<SubscriptionKey, Problem> {
        let params = SubscriptionParams {
            stream: self.stream.clone(),
            name: self.name.clone(),
        };
        params.key()
    }

    fn number(&self) -> Result<EventNumber, Problem> {
        let given = self
            .number
            .as_deref()
            .ok_or_else(|| Problem::invalid("number", "it is missing"))?;
        given.trim().parse().map_err(|error| Problem::invalid("number", error))
    }

    fn selection(&self) -> Result<Selection, Problem> {
        match &self.first {
            Some(first) => {
                let first: u32 = first.trim().parse().map_err(|error| Problem::invalid("first", error))?;
                if first > MOST {
                    return Err(Problem::invalid("first", format!("at most {MOST} events at once")));
                }
                Ok(Selection::First(first))
            }
            None => self.number().map(Selection::One),
        }
    }

    fn policy(&self) -> HolderPolicy {
        if self.overrides.as_deref() == Some("yes") {
            HolderPolicy::Override
        } else {
            HolderPolicy::Respect
        }
    }
}

impl Action {
    fn name(self) -> &'static str {
        match self {
            Self::Replay => "replay",
            Self::Discard => "discard",
            Self::SetCheckpoint => "set_checkpoint",
            Self::Delete => "delete",
        }
    }

    fn verb(self) -> &'static str {
        match self {
            Self::Replay => "Replay",
            Self::Discard => "Discard",
            Self::SetCheckpoint => "Set the checkpoint",
            Self::Delete => "Delete",
        }
    }

    /// Whether it is refused while a process runs the subscription.
    fn needs_rest(self) -> bool {
        matches!(self, Self::SetCheckpoint | Self::Delete)
    }
}
