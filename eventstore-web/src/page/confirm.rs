use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Response};
use eventstore_core::SubscriptionId;
use maud::{Markup, html};

use super::ProblemPage;
use super::change_params::{Action, ChangeParams, Objection};
use super::layout::{Place, page};
use super::text::{count, number, visible};
use crate::params::PageParams;
use crate::problem::Problem;
use crate::query::find_subscription;
use crate::replay::{Selection, select};
use crate::security::Session;
use crate::site::Site;
use crate::view::SubscriptionView;

/// Asks whether a change is meant, with the number that it concerns.
pub(crate) async fn confirm(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    PageParams(params): PageParams<ChangeParams>,
) -> Result<Response, ProblemPage> {
    let Session::Writing { id, form_token } = site.common.sessions.of(&headers) else {
        return Err(Problem::refused("changes are locked here").into());
    };
    let key = params.key()?;
    let view = find_subscription(&*site.store, &key).await?;
    let question = question(&site, &params, &view).await?;
    let objections = params.objections(&view)?;
    let main = html! {
        h1 { (question) }
        p { "Subscription " (visible(&view.name)) " to " (visible(&view.stream)) "." }
        @for objection in &objections { p.panel.problem { (objection.text()) } }
        form.filters method="post" action="change" {
            input type="hidden" name="stream" value=(params.stream);
            input type="hidden" name="name" value=(params.name);
            input type="hidden" name="action" value=(params.action.name());
            @if let Some(number) = &params.number { input type="hidden" name="number" value=(number); }
            @if let Some(first) = &params.first { input type="hidden" name="first" value=(first); }
            input type="hidden" name="form_token" value=(form_token);
            @if !objections.is_empty() { (acceptance_of(&objections)) }
            button.danger { (params.action.verb()) }
            a.button href=(params.back()) { "Cancel" }
        }
    };
    let page = page(&site, Place::Subscriptions, "Confirm", &main);
    Ok(([(SET_COOKIE, site.common.sessions.cookie(id))], page).into_response())
}

async fn question(site: &Site, params: &ChangeParams, view: &SubscriptionView) -> Result<String, Problem> {
    Ok(match params.action {
        Action::SetCheckpoint => format!(
            "Set the checkpoint from {} to {}?",
            number(view.checkpoint),
            number(params.number()?.get())
        ),
        Action::Delete => match view.parked {
            Some(parked) => format!(
                "Delete the subscription with its checkpoint {} and {}?",
                number(view.checkpoint),
                count(parked, "parked event")
            ),
            None => format!(
                "Delete the subscription with its checkpoint {} and its parked events?",
                number(view.checkpoint)
            ),
        },
        Action::Discard => format!("Discard the parked event {}?", number(params.number()?.get())),
        Action::Replay => match params.selection()? {
            Selection::One(event) => format!("Replay the parked event {}?", number(event.get())),
            selection @ Selection::First(_) => {
                let selected = select(&*site.store, SubscriptionId::new(view.id), selection).await?;
                let selected = u64::try_from(selected.len()).unwrap_or(u64::MAX);
                format!("Replay {}?", count(selected, "parked event"))
            }
        },
    })
}

fn acceptance_of(objections: &[Objection]) -> Markup {
    let shown: Vec<_> = objections.iter().map(|objection| objection.name()).collect();
    html! {
        input type="hidden" name="accepted" value=(shown.join(" "));
        label.choice { input type="checkbox" name="overrides" value="yes" required; " Make this change anyway" }
    }
}
