use eventstore_core::{StreamName, StreamSelector, SubscriptionSettings};
use eventstore_postgres::PostgresStore;
use eventstore_subscriptions::StartFrom;
use serde::{Deserialize, Serialize};

use super::apart::{ordered_to_end, tell};
use super::subscriber::{Subscriber, subscriptions};
use crate::error::Result;
use crate::sample;
use crate::server::{peak_rss_mb, rss_mb};

/// What a process has taken so far.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Footprint {
    /// What it holds now; unknown, as the peak is, unless the system is Linux.
    pub(super) rss_mb: Option<f64>,
    pub(super) peak_rss_mb: Option<f64>,
}

impl Footprint {
    fn of_this_process() -> Self {
        Self {
            rss_mb: rss_mb(),
            peak_rss_mb: peak_rss_mb(),
        }
    }
}

/// Every other subscription is to all events, and the others each to a stream of its own; nothing comes to them. Tells its
/// footprint when all are live, and in the end.
pub(super) async fn idle(store: PostgresStore, count: u32) -> Result<()> {
    let subscriptions = subscriptions(&store);
    let mut subscribers = Vec::new();
    for number in 0..count {
        let selector = if number % 2 == 0 {
            StreamSelector::All
        } else {
            let stream = StreamName::new(sample::stream(number.into())).map_err(eventstore_core::Error::from)?;
            stream.into()
        };
        let settings = SubscriptionSettings::default();
        subscribers.push(Subscriber::start(
            &subscriptions,
            selector,
            StartFrom::Current,
            settings,
        )?);
    }
    for subscriber in &mut subscribers {
        subscriber.until_caught_up().await?;
    }
    tell(&Footprint::of_this_process())?;
    ordered_to_end().await?;
    tell(&Footprint::of_this_process())
}

/// Takes the first events and acknowledges none. Tells its footprint then, and in the end.
pub(super) async fn stall(store: PostgresStore) -> Result<()> {
    let settings = SubscriptionSettings::default();
    let mut subscriber = Subscriber::start(&subscriptions(&store), StreamSelector::All, StartFrom::Origin, settings)?;
    let taken = subscriber.take().await?;
    tell(&Footprint::of_this_process())?;
    ordered_to_end().await?;
    drop(taken);
    tell(&Footprint::of_this_process())
}
