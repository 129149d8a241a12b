use std::num::NonZeroU64;

use eventstore_core::{EventNumber, StreamSelector, SubscriptionSettings};
use eventstore_postgres::PostgresStore;
use eventstore_subscriptions::StartFrom;
use tokio::sync::watch;

use super::apart::{Apart, tell};
use super::subscriber::{Subscriber, subscriptions};
use crate::error::Result;

/// Checkpoints are stored now and then: not a commit for each event, beside those that are measured.
const THRESHOLD: NonZeroU64 = NonZeroU64::new(100).unwrap();

pub(super) fn live_settings() -> SubscriptionSettings {
    SubscriptionSettings {
        checkpoint_threshold: THRESHOLD,
        ..SubscriptionSettings::default()
    }
}

/// Tells a 0 once it is live, then the number of each event that comes.
pub(super) async fn echo(store: PostgresStore) -> Result<()> {
    let mut subscriber = Subscriber::start(
        &subscriptions(&store),
        StreamSelector::All,
        StartFrom::Current,
        live_settings(),
    )?;
    subscriber.until_caught_up().await?;
    tell(&0)?;
    loop {
        for event in subscriber.take().await? {
            tell(&event.number.get())?;
        }
        subscriber.acknowledge().await?;
    }
}

/// The numbers that the process tells.
pub(super) fn echoes(mut echo: Apart) -> watch::Receiver<EventNumber> {
    let (sender, receiver) = watch::channel(EventNumber::ZERO);
    tokio::spawn(async move {
        while !sender.is_closed()
            && let Ok(number) = echo.told::<u64>().await
            && let Ok(number) = EventNumber::try_from(number)
        {
            sender.send_replace(number);
        }
    });
    receiver
}
