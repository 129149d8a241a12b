use std::collections::HashMap;
use std::num::{NonZeroU32, NonZeroU64};
use std::sync::Arc;

use anyhow::Context;
use eventstore_core::{EventNumber, StreamSelector, SubscriptionName, SubscriptionSettings};
use eventstore_postgres::PostgresStore;
use eventstore_serde::{Json, Serializer};
use eventstore_subscriptions::{Delivery, Subscribe, Subscription, Subscriptions};
use futures_util::FutureExt;
use indicatif::ProgressBar;
use sqlx::{Connection, PgConnection};
use tokio::sync::watch;

use crate::change::{FileChanged, Lines};
use crate::totals::Totals;

const TABLES: &str = "
    CREATE SCHEMA IF NOT EXISTS git_history;
    CREATE TABLE IF NOT EXISTS git_history.paths (
        stream text PRIMARY KEY,
        path text NOT NULL,
        changes bigint NOT NULL,
        added bigint NOT NULL,
        removed bigint NOT NULL
    );
    CREATE TABLE IF NOT EXISTS git_history.progress (
        only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
        position bigint NOT NULL
    );
    INSERT INTO git_history.progress (position) VALUES (0) ON CONFLICT DO NOTHING";

const ADD_TO_PATHS: &str = "
    INSERT INTO git_history.paths AS known (stream, path, changes, added, removed)
    SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[])
    ON CONFLICT (stream) DO UPDATE SET
        changes = known.changes + excluded.changes,
        added = known.added + excluded.added,
        removed = known.removed + excluded.removed";

/// What is known of each path, kept in tables beside the store by a persistent subscription.
pub(crate) struct Projection {
    connection: PgConnection,
    /// Every event up to here is in the tables.
    applied: EventNumber,
}

impl Projection {
    pub(crate) async fn open(url: &str) -> anyhow::Result<Self> {
        let mut connection = PgConnection::connect(url).await?;
        sqlx::raw_sql(TABLES).execute(&mut connection).await?;
        let position: i64 = sqlx::query_scalar("SELECT position FROM git_history.progress")
            .fetch_one(&mut connection)
            .await?;
        Ok(Self {
            connection,
            applied: EventNumber::try_from(position)?,
        })
    }

    /// Follows the store until the event is in the tables that `last` names sooner or later.
    pub(crate) async fn follow(
        &mut self,
        store: &PostgresStore,
        mut last: watch::Receiver<Option<EventNumber>>,
        bar: &ProgressBar,
    ) -> anyhow::Result<()> {
        let mut subscription = Subscriptions::new(Arc::new(store.clone())).subscribe(request()?)?;
        while last.borrow_and_update().is_none_or(|last| self.applied < last) {
            tokio::select! {
                batch = subscription.next() => {
                    let mut batch = batch.context("the subscription ended")??;
                    // What is delivered live comes in small pieces: one transaction for all that are there.
                    while let Some(Some(more)) = subscription.next().now_or_never() {
                        batch.extend(more?);
                    }
                    self.take(&batch, &subscription).await?;
                    bar.set_position(self.applied.get());
                }
                changed = last.changed() => changed.context("the import ended")?,
            }
        }
        subscription.stop().await?;
        bar.finish();
        Ok(())
    }

    /// Acknowledges a batch once its events are in the tables.
    async fn take(&mut self, batch: &[Delivery], subscription: &Subscription) -> anyhow::Result<()> {
        if let Some(last) = batch.last() {
            self.apply(batch, last.number).await?;
            subscription.ack(last).await?;
        }
        Ok(())
    }

    /// Adds the events that are not in the tables yet: a batch may come again, and then with others around it.
    async fn apply(&mut self, batch: &[Delivery], last: EventNumber) -> anyhow::Result<()> {
        let mut transaction = self.connection.begin().await?;
        let position: i64 = sqlx::query_scalar("SELECT position FROM git_history.progress FOR UPDATE")
            .fetch_one(&mut *transaction)
            .await?;
        let applied = EventNumber::try_from(position)?;

        let new = batch.iter().filter(|event| event.number > applied);
        add_to_paths(&mut transaction, &totals_by_stream(new)?).await?;
        let applied = applied.max(last);
        sqlx::query("UPDATE git_history.progress SET position = $1")
            .bind(applied.as_i64())
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        self.applied = applied;
        Ok(())
    }

    /// What is known of each path, by the path's text.
    pub(crate) async fn totals(&mut self) -> anyhow::Result<HashMap<String, Totals>> {
        let rows: Vec<(String, i64, i64, i64)> =
            sqlx::query_as("SELECT path, changes, added, removed FROM git_history.paths")
                .fetch_all(&mut self.connection)
                .await?;
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
        Ok(rows.into_iter().map(total).collect())
    }
}

fn request() -> anyhow::Result<Subscribe> {
    let settings = SubscriptionSettings {
        buffer_size: const { NonZeroU32::new(1_000).unwrap() },
        max_size: const { NonZeroU32::new(2_000).unwrap() },
        checkpoint_threshold: const { NonZeroU64::new(1_000).unwrap() },
        ..SubscriptionSettings::default()
    };
    let name = SubscriptionName::new("git-history")?;
    Ok(Subscribe::new(name, StreamSelector::All).with_settings(settings))
}

type TotalsByStream<'a> = HashMap<&'a str, (String, Totals)>;

fn totals_by_stream<'a>(events: impl Iterator<Item = &'a Delivery>) -> anyhow::Result<TotalsByStream<'a>> {
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

async fn add_to_paths(connection: &mut PgConnection, streams: &TotalsByStream<'_>) -> anyhow::Result<()> {
    let column = |value: fn(&Totals) -> i64| streams.values().map(|(_, totals)| value(totals)).collect::<Vec<_>>();
    sqlx::query(ADD_TO_PATHS)
        .bind(streams.keys().copied().collect::<Vec<_>>())
        .bind(streams.values().map(|(path, _)| path.as_str()).collect::<Vec<_>>())
        .bind(column(|totals| totals.changes))
        .bind(column(|totals| totals.added))
        .bind(column(|totals| totals.removed))
        .execute(connection)
        .await?;
    Ok(())
}
