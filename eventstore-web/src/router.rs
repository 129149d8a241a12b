use std::sync::Arc;

use axum::Router;
use axum::extract::OriginalUri;
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::Redirect;
use axum::routing::{get, post};

use crate::assets::{ICON, SCRIPT, STYLE, WORKER};
use crate::security::{Hosts, require_known_host, set_headers};
use crate::site::Site;
use crate::{api, live, page};

/// The routes of the pages of these stores; of several, each under its name.
pub(crate) fn of(sites: Vec<Arc<Site>>, hosts: Hosts) -> Router {
    let pages = match <[Arc<Site>; 1]>::try_from(sites) {
        Ok([site]) => of_one(site),
        Err(sites) => of_several(sites),
    };
    pages
        .layer(from_fn_with_state(hosts, require_known_host))
        .layer(map_response(set_headers))
}

fn of_several(sites: Vec<Arc<Site>>) -> Router {
    let first = sites.first().map(|site| site.name.clone()).unwrap_or_default();
    let to_first = move |OriginalUri(uri): OriginalUri| async move { below(&uri, &format!("{first}/overview")) };
    sites
        .into_iter()
        .fold(Router::new().route("/", get(to_first)), |router, site| {
            router.nest(&format!("/{}", site.name), of_one(site))
        })
}

/// Every page has an address of one part, so that links between them are relative, wherever the router is mounted.
fn of_one(site: Arc<Site>) -> Router {
    Router::new()
        .route("/", get(async |OriginalUri(uri): OriginalUri| below(&uri, "overview")))
        .route("/overview", get(page::overview))
        .route("/streams", get(page::streams))
        .route("/survey", get(page::survey))
        .route("/stream", get(page::stream))
        .route("/event", get(page::event))
        .route("/payload", get(page::payload))
        .route("/all", get(page::all))
        .route("/rows", get(page::rows))
        .route("/trace", get(page::trace))
        .route("/subscriptions", get(page::subscriptions))
        .route("/subscription", get(page::subscription))
        .route("/projections", get(page::projections))
        .route("/parked", get(page::parked))
        .route("/confirm", get(page::confirm))
        .route("/change", post(page::change))
        .route("/unlock", get(page::unlock).post(page::unlocked))
        .route("/verify", get(page::verify).post(page::begin_verify))
        .route("/go", get(page::go))
        .route("/live", get(live::live))
        .route(&format!("/{}", ICON.address), get(async || ICON.response()))
        .route(&format!("/{}", STYLE.address), get(async || STYLE.response()))
        .route(&format!("/{}", SCRIPT.address), get(async || SCRIPT.response()))
        .route(&format!("/{}", WORKER.address), get(async || WORKER.response()))
        .nest("/api", api::routes())
        .fallback(page::nothing)
        .with_state(site)
}

/// Leads from the root of the pages, with or without a slash at its end, to one of them.
fn below(root: &axum::http::Uri, page: &str) -> Redirect {
    Redirect::to(&format!("{}/{page}", root.path().trim_end_matches('/')))
}
