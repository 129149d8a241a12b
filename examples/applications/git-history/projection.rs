use std::collections::HashMap;
use std::num::NonZeroU32;

use async_trait::async_trait;
use eventstore_core::backend::ProjectionStore;
use eventstore_core::{EventNumber, EventStore, StreamSelector, SubscriptionName, SubscriptionSettings};
use eventstore_serde::{Json, Serializer};
use eventstore_subscriptions::{Delivery, Projection, Projector, Subscribe, Subscriptions};
use indicatif::ProgressBar;
use tokio::sync::watch;

use crate::change::{FileChanged, Lines};
use crate::database::{AddTotals, Database};
use crate::totals::Totals;

/// What is known of each path.
pub(crate) const TABLE: &str = "
    CREATE TABLE IF NOT EXISTS git_history_totals (
        stream text PRIMARY KEY,
        path text NOT NULL,
        changes bigint NOT NULL,
        added bigint NOT NULL,
        removed bigint NOT NULL
    )";

pub(crate) const ROWS: &str = "SELECT path, changes, added, removed FROM git_history_totals";

/// A path and what to add to its totals, by its stream.
pub(crate) type TotalsByStream<'a> = HashMap<&'a str, (String, Totals)>;

/// Projects until the event is in the table that `last` names sooner or later.
pub(crate) async fn follow<S>(
    store: &S,
    mut last: watch::Receiver<Option<EventNumber>>,
    bar: &ProgressBar,
) -> anyhow::Result<()>
where
    S: EventStore + ProjectionStore<Transaction: AddTotals> + Clone + 'static,
{
    let subscription = Subscriptions::new(store.clone()).subscribe(request()?)?;
    let mut progress = subscription.watch();
    let projected = async {
        // If the import fails, nobody says what the last event is.
        if let Ok(Some(last)) = last.wait_for(Option::is_some).await.map(|last| *last) {
            let _ = progress.wait_for(|progress| progress.acknowledged >= last).await;
        }
    };
    let projection = Projection::new(store.clone(), subscription)?;
    projection.run_until(&mut PathTotals(bar), projected).await?;
    bar.finish();
    Ok(())
}

/// What the table says, by path.
pub(crate) async fn totals(database: &mut impl Database) -> anyhow::Result<HashMap<String, Totals>> {
    let rows = database.rows().await?.into_iter();
    let total = |(path, changes, added, removed)| {
        (
            path,
            Totals {
                changes,
                added,
                removed,
            },
        )
    };
    Ok(rows.map(total).collect())
}

/// Adds what each event says to the totals of its path.
struct PathTotals<'b>(&'b ProgressBar);

#[async_trait]
impl<T: AddTotals> Projector<T> for PathTotals<'_> {
    type Error = anyhow::Error;

    async fn project(&mut self, transaction: &mut T, events: &[Delivery]) -> anyhow::Result<()> {
        transaction.add(&totals_by_stream(events)?).await?;
        if let Some(last) = events.last() {
            self.0.set_position(last.number.get());
        }
        Ok(())
    }
}

fn request() -> anyhow::Result<Subscribe> {
    let settings = SubscriptionSettings {
        buffer_size: const { NonZeroU32::new(1_000).unwrap() },
        max_size: const { NonZeroU32::new(2_000).unwrap() },
        ..SubscriptionSettings::default()
    };
    let name = SubscriptionName::new("git-history-totals")?;
    Ok(Subscribe::new(name, StreamSelector::All).with_settings(settings))
}

fn totals_by_stream(events: &[Delivery]) -> anyhow::Result<TotalsByStream<'_>> {
    let mut streams = TotalsByStream::new();
    for event in events {
        let FileChanged {
            path, added, removed, ..
        } = Json.data(event)?;
        let lines = added.zip(removed).map(|(added, removed)| Lines { added, removed });
        let entry = streams.entry(event.stream.as_str());
        entry.or_insert_with(|| (path, Totals::default())).1.count(lines);
    }
    Ok(streams)
}
