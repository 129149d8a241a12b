use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use eventstore_core::{StreamSelector, SubscriptionId};
use serde::Deserialize;
use utoipa::IntoParams;

use super::problem::{JsonProblem, Refusals};
use crate::params::JsonParams;
use crate::problem::Problem;
use crate::query::{
    EventsParams, StreamsParams, SubscriptionParams, TraceParams, find_event, find_group, find_stream,
    find_subscription, list_builds, list_parked, list_streams, list_subscriptions, read_events, read_trace,
};
use crate::site::Site;
use crate::view::{
    BuildView, EventView, EventsView, GroupView, OverviewView, ParkedView, StreamView, StreamsView, SubscriptionView,
    SurveyView, TraceView,
};

type Answer<T> = Result<Json<T>, JsonProblem>;

/// How the store is doing, and what was measured in the last minutes
#[utoipa::path(get, path = "/api/overview", responses((status = 200, body = OverviewView), Refusals))]
pub(super) async fn overview(State(site): State<Arc<Site>>) -> Answer<OverviewView> {
    site.monitor.measured().await;
    Ok(Json(site.monitor.overview()))
}

/// The newest streams, or those whose names begin with a prefix, 50 at a time
#[utoipa::path(get, path = "/api/streams", params(StreamsParams), responses((status = 200, body = StreamsView), Refusals))]
pub(super) async fn streams(
    State(site): State<Arc<Site>>,
    JsonParams(params): JsonParams<StreamsParams>,
) -> Answer<StreamsView> {
    let list = site
        .streams
        .get(params.clone(), list_streams(&*site.store, &params))
        .await?;
    Ok(Json((*list).clone()))
}

/// Which stream, as an address says it.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct NameParams {
    /// The name of the stream, or `$all`.
    name: String,
}

/// What is known about a stream
#[utoipa::path(get, path = "/api/stream", params(NameParams), responses((status = 200, body = StreamView), Refusals))]
pub(super) async fn stream(
    State(site): State<Arc<Site>>,
    JsonParams(params): JsonParams<NameParams>,
) -> Answer<StreamView> {
    Ok(Json(find_stream(&*site.store, &params.selector()?).await?))
}

/// Events of a stream, or of all streams, 50 at a time
#[utoipa::path(get, path = "/api/events", params(NameParams, EventsParams), responses((status = 200, body = EventsView), Refusals))]
pub(super) async fn events(
    State(site): State<Arc<Site>>,
    JsonParams(name): JsonParams<NameParams>,
    JsonParams(params): JsonParams<EventsParams>,
) -> Answer<EventsView> {
    let query = params.query(name.selector()?)?;
    let list = site
        .events
        .get(query.clone(), read_events(&*site.store, &query))
        .await?;
    Ok(Json((*list).clone()))
}

/// Which event, as an address says it.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct IdParams {
    /// The id of the event.
    id: String,
}

/// One event, with every stream that holds it
#[utoipa::path(get, path = "/api/event", params(IdParams), responses((status = 200, body = EventView), Refusals))]
pub(super) async fn event(
    State(site): State<Arc<Site>>,
    JsonParams(params): JsonParams<IdParams>,
) -> Answer<EventView> {
    let id = params
        .id
        .trim()
        .parse()
        .map_err(|error| Problem::invalid("id", error))?;
    Ok(Json(
        find_event(&*site.store, id, site.common.decoder.as_deref()).await?,
    ))
}

/// The events of a correlation id, in order of position
#[utoipa::path(get, path = "/api/trace", params(TraceParams), responses((status = 200, body = TraceView), Refusals))]
pub(super) async fn trace(
    State(site): State<Arc<Site>>,
    JsonParams(params): JsonParams<TraceParams>,
) -> Answer<TraceView> {
    Ok(Json(read_trace(&*site.store, &params).await?))
}

/// Every persistent subscription
#[utoipa::path(get, path = "/api/subscriptions", responses((status = 200, body = [SubscriptionView]), Refusals))]
pub(super) async fn subscriptions(State(site): State<Arc<Site>>) -> Answer<Vec<SubscriptionView>> {
    let listed = site.subscriptions.get((), list_subscriptions(&*site.store)).await?;
    Ok(Json((*listed).clone()))
}

/// The processes and the partitions of a group; nothing if one process at a time runs the subscription
#[utoipa::path(get, path = "/api/group", params(SubscriptionParams), responses((status = 200, body = Option<GroupView>), Refusals))]
pub(super) async fn group(
    State(site): State<Arc<Site>>,
    JsonParams(params): JsonParams<SubscriptionParams>,
) -> Answer<Option<GroupView>> {
    let key = params.key()?;
    site.store.subscription_info(&key).await.map_err(Problem::from)?;
    Ok(Json(find_group(&*site.store, &key).await?))
}

/// Every build of the managed projections
#[utoipa::path(get, path = "/api/projections", responses((status = 200, body = [BuildView]), Refusals))]
pub(super) async fn projections(State(site): State<Arc<Site>>) -> Answer<Vec<BuildView>> {
    let builds = site.builds.get((), list_builds(&*site.store)).await?;
    Ok(Json((*builds).clone()))
}

/// Where a list of parked events begins, as an address says it.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct AfterParams {
    /// The number after which the list begins.
    after: Option<u64>,
}

/// The parked events of a subscription, 20 at a time
#[utoipa::path(get, path = "/api/parked", params(SubscriptionParams, AfterParams), responses((status = 200, body = ParkedView), Refusals))]
pub(super) async fn parked(
    State(site): State<Arc<Site>>,
    JsonParams(params): JsonParams<SubscriptionParams>,
    JsonParams(after): JsonParams<AfterParams>,
) -> Answer<ParkedView> {
    let view = find_subscription(&*site.store, &params.key()?).await?;
    let list = list_parked(&*site.store, SubscriptionId::new(view.id), after.after.unwrap_or(0)).await?;
    Ok(Json(list))
}

/// Categories, longest and deleted streams, as far as a walk through the list of streams has come
#[utoipa::path(get, path = "/api/survey", responses((status = 200, body = SurveyView), Refusals))]
pub(super) async fn survey(State(site): State<Arc<Site>>) -> Answer<SurveyView> {
    Ok(Json(site.survey.look(&site.store)))
}

impl NameParams {
    fn selector(&self) -> Result<StreamSelector, Problem> {
        StreamSelector::try_from(self.name.as_str()).map_err(|error| Problem::invalid("name", error))
    }
}
