use std::sync::Arc;

use eventstore_core::EventNumber;
use eventstore_postgres::PostgresStore;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, PgPool, Row};
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::error::{LoadError, Result};
use crate::measure::{Caller, Entrant};
use crate::references::L0;
use crate::sample;
use crate::server::Schema;
use crate::started_stream::StartedStream;

/// Starts subscriptions as the original does: each looks its row up, inserts it, takes its lock on the one connection of all
/// locks, then looks the stream up and reads until nothing more comes, and stores one checkpoint; all statements unprepared.
pub(crate) struct OriginalStart {
    database: Database,
    store: PostgresStore,
    stream: StartedStream,
    subscriptions: u32,
}

#[derive(Clone)]
struct Database {
    pool: PgPool,
    locks: Arc<Mutex<PgConnection>>,
}

/// As many as the original reads at once.
const PAGE: i64 = 1_000;

impl OriginalStart {
    /// Needs tables of the original's.
    pub(crate) async fn new(
        schema: &Schema,
        store: PostgresStore,
        stream: StartedStream,
        subscriptions: u32,
    ) -> Result<Self> {
        let database = Database {
            pool: schema.unprepared_pool().await?,
            locks: Arc::new(Mutex::new(schema.connect().await?)),
        };
        Ok(Self {
            database,
            store,
            stream,
            subscriptions,
        })
    }

    pub(crate) fn entrant(self, name: &'static str) -> Entrant {
        Entrant::new(name, vec![self])
    }

    async fn unlock(&self) -> Result<()> {
        sqlx::query(include_str!("../sql/original/unlock_subscriptions.sql"))
            .execute(&mut *self.database.locks.lock().await)
            .await?;
        Ok(())
    }
}

impl Caller for OriginalStart {
    async fn call(&mut self) -> Result<u64> {
        let stream = self.stream.next()?;
        let mut starting = JoinSet::new();
        for _ in 0..self.subscriptions {
            let starter = Starter::new(self.database.clone(), stream.as_str());
            starting.spawn(starter.start());
        }
        let started = starting.join_all().await.into_iter().collect::<Result<Vec<_>>>()?;
        self.stream.append_if_new(&self.store, &stream).await?;
        let last = self.stream.last();
        let mut receiving: JoinSet<_> = started.into_iter().map(|starter| starter.receive(last)).collect();
        while let Some(received) = receiving.join_next().await {
            received??;
        }
        self.unlock().await?;
        Ok(last.get() * u64::from(self.subscriptions))
    }
}

/// One subscription.
struct Starter {
    database: Database,
    stream: String,
    name: String,
}

impl Starter {
    fn new(database: Database, stream: &str) -> Self {
        Self {
            database,
            stream: stream.to_owned(),
            name: Uuid::now_v7().to_string(),
        }
    }

    async fn start(self) -> Result<Self> {
        let found = sqlx::query(include_str!("../sql/original/find_subscription.sql"))
            .bind(&self.stream)
            .bind(&self.name)
            .persistent(false)
            .fetch_optional(&self.database.pool)
            .await?;
        if found.is_some() {
            return Err(unsound("a new subscription exists already".to_owned()));
        }
        let id: i64 = sqlx::query_scalar(include_str!("../sql/original/create_subscription.sql"))
            .bind(&self.stream)
            .bind(&self.name)
            .bind(0_i64)
            .persistent(false)
            .fetch_one(&self.database.pool)
            .await?;
        let is_locked: bool = sqlx::query_scalar(include_str!("../sql/original/lock_subscription.sql"))
            .bind(i32::try_from(id).map_err(|error| unsound(error.to_string()))?)
            .persistent(false)
            .fetch_one(&mut *self.database.locks.lock().await)
            .await?;
        if !is_locked {
            return Err(unsound("a new subscription is held already".to_owned()));
        }
        Ok(self)
    }

    async fn receive(self, last: EventNumber) -> Result<()> {
        let mut received = 0;
        loop {
            let events = self.read(received + 1).await?;
            let Some(event) = events.last() else { break };
            received = event.try_get("stream_version")?;
            sqlx::query(include_str!("../sql/original/acknowledge.sql"))
                .bind(&self.stream)
                .bind(&self.name)
                .bind(received)
                .persistent(false)
                .execute(&self.database.pool)
                .await?;
        }
        if EventNumber::try_from(received).ok() == Some(last) {
            return Ok(());
        }
        Err(unsound(format!("{received} of {last} events came")))
    }

    async fn read(&self, from: i64) -> Result<Vec<PgRow>> {
        let stream = sqlx::query(include_str!("../sql/original/look_up.sql"))
            .bind(&self.stream)
            .persistent(false)
            .fetch_one(&self.database.pool)
            .await?;
        let rows = sqlx::query(include_str!("../sql/original/read_joined.sql"))
            .bind(stream.try_get::<i64, _>("stream_id")?)
            .bind(from)
            .bind(PAGE)
            .persistent(false)
            .fetch_all(&self.database.pool)
            .await?;
        for row in &rows {
            let data: &[u8] = row.try_get("data")?;
            if data != sample::DATA {
                return Err(unsound("an event has other data".to_owned()));
            }
        }
        Ok(rows)
    }
}

fn unsound(finding: String) -> LoadError {
    LoadError::Unsound {
        what: L0.to_owned(),
        finding,
    }
}
