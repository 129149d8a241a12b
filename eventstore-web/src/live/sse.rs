use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream};

use crate::page::ProblemPage;
use crate::problem::Problem;
use crate::site::Site;

/// The one stream of a browser: how the store is, whenever that changes. What has changed, the pages read.
pub(crate) async fn live(
    State(site): State<Arc<Site>>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ProblemPage> {
    let open = Arc::clone(&site.live).try_acquire_owned();
    let open = open.map_err(|_| Problem::too_many("too many browsers receive live updates: try again later"))?;
    let mut states = site.monitor.watch();
    // A page that has just been opened is told at once, unless nothing is known yet.
    if states.borrow_and_update().measured > 0 {
        states.mark_changed();
    }
    let states = stream::unfold((states, open), async |(mut states, open)| {
        states.changed().await.ok()?;
        let state = states.borrow_and_update().clone();
        let event = Event::default().event("state").json_data(state).ok()?;
        Some((Ok(event), (states, open)))
    });
    Ok(Sse::new(states).keep_alive(KeepAlive::default()))
}
