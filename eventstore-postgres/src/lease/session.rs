use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use eventstore_core::{EventNumber, LeaseEpoch, LeaseLoss, LeaseToken, Result, SubscriptionId, SubscriptionKey};
use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::{PgConnection, Postgres};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tracing::{error, info, warn};

use super::{Command, HeldLease, Holding, LeaseTable, Room, lock_key};
use crate::PostgresConfig;
use crate::connection::{Identity, connect};
use crate::error::{damaged, leaves_connection_usable, reading};
use crate::statements::{COUNT_LOCKS, LIMIT_IDLE_SESSION};

/// How often the connection that holds the locks is asked whether it still lives, and what became of the subscriptions.
const HEALTH_INTERVAL: Duration = Duration::from_millis(1_250);

/// How long an answer on that connection may take before its locks count as lost.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(3);

/// The server ends a session that asks nothing for this long: a process that was stopped holds no lock for ever. Before
/// `PostgreSQL` 14 it does so only if the other side of the connection is gone.
const LONGEST_SILENCE: &str = "3s";

/// The task that owns the connection.
pub(super) struct Session {
    config: PostgresConfig,
    commands: mpsc::WeakUnboundedSender<Command>,
    connection: Option<PgConnection>,
    /// By the names of their tables.
    stores: HashMap<Arc<str>, Leases>,
    room: Room,
    confirmed: watch::Sender<Instant>,
}

/// The leases of one store.
struct Leases {
    table: Arc<LeaseTable>,
    held: HashMap<SubscriptionId, Held>,
}

struct Held {
    holding: Arc<Holding>,
    epoch: LeaseEpoch,
    /// The id of the stream that the checkpoint is about; none if it did not exist when the lock was taken.
    stream: Option<i64>,
}

/// What became of a subscription that is held: its id, whether it was deleted, whether its stream is another one now, and whether
/// another epoch has begun.
type Change = (i64, bool, bool, bool);

/// Whether the subscription is there; then its id, epoch, checkpoint and stream, if the lease was given.
type Answer = (bool, Option<i64>, Option<i64>, Option<i64>, Option<i64>);

impl Session {
    pub(super) fn new(config: PostgresConfig, commands: mpsc::WeakUnboundedSender<Command>) -> Self {
        Self {
            config,
            commands,
            connection: None,
            stores: HashMap::new(),
            room: Room::default(),
            confirmed: watch::Sender::new(Instant::now()),
        }
    }

    /// Ends when the stores and all leases are gone.
    pub(super) async fn run(mut self, mut receiver: mpsc::UnboundedReceiver<Command>) {
        let mut health = interval(HEALTH_INTERVAL);
        health.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                command = receiver.recv() => match command {
                    Some(command) => self.handle(command).await,
                    None => break,
                },
                _ = health.tick(), if self.connection.is_some() => self.check_health().await,
            }
        }
    }

    async fn handle(&mut self, command: Command) {
        match command {
            Command::TryAcquire { reply, .. } if reply.is_closed() => {}
            Command::TryAcquire {
                table,
                key,
                start_after,
                reply,
            } => {
                let answer = self.try_acquire(&table, &key, start_after).await;
                // Whoever no longer waits drops the lease, which gives it back.
                let _ = reply.send(answer);
            }
            Command::Release {
                table,
                lease,
                holding,
                done,
            } => {
                if !holding.is_lost() {
                    self.release(&table, lease.id).await;
                }
                if let Some(done) = done {
                    let _ = done.send(());
                }
            }
        }
    }

    async fn try_acquire(
        &mut self,
        table: &Arc<LeaseTable>,
        key: &SubscriptionKey,
        start_after: EventNumber,
    ) -> Result<Option<(HeldLease, EventNumber)>> {
        self.make_room().await?;
        let (mut is_there, mut given) = self.ask_for_lease(table, key).await?;
        if !is_there {
            self.create(table, key, start_after).await?;
            (is_there, given) = self.ask_for_lease(table, key).await?;
        }
        // Where it is not there even now, it has been deleted again.
        let (Some(commands), true, Some(given)) = (self.commands.upgrade(), is_there, given) else {
            return Ok(None);
        };
        Ok(Some(self.hold(table, given, commands)))
    }

    /// Refuses a lease rather than fill the server's lock table, of which every other statement needs a part.
    async fn make_room(&mut self) -> Result<()> {
        if self.room.must_count() {
            let query = sqlx::query(COUNT_LOCKS).persistent(false);
            if let Some((capacity, taken)) = self.ask::<(i64, i64)>(query).await?.pop() {
                self.room.counted(capacity, taken);
            }
        }
        self.room.refuse_if_full()
    }

    /// Takes the lock, begins the next epoch and remembers which stream the checkpoint is about: if that was created again since,
    /// the checkpoint goes back to its begin.
    async fn ask_for_lease(&mut self, table: &LeaseTable, key: &SubscriptionKey) -> Result<(bool, Option<Given>)> {
        let held = self.stores.get(&table.name);
        let held: Vec<_> = held.map_or_else(Vec::new, |leases| leases.held.keys().map(|id| id.get()).collect());
        let query = table
            .acquire()
            .query()
            .bind(key.selector.as_str().to_owned())
            .bind(key.name.as_str().to_owned())
            .bind(held);
        match self.ask::<Answer>(query).await?.pop() {
            Some((is_there, Some(id), Some(epoch), Some(checkpoint), stream)) => {
                let token = LeaseToken {
                    id: SubscriptionId::new(id),
                    epoch: LeaseEpoch::new(epoch),
                };
                let given = Given {
                    token,
                    checkpoint: EventNumber::try_from(checkpoint).map_err(damaged)?,
                    stream,
                };
                Ok((is_there, Some(given)))
            }
            answer => Ok((answer.is_some_and(|(is_there, ..)| is_there), None)),
        }
    }

    async fn create(&mut self, table: &LeaseTable, key: &SubscriptionKey, start_after: EventNumber) -> Result<()> {
        let query = table.statements.create_subscription.query();
        let query = query
            .bind(key.selector.as_str().to_owned())
            .bind(key.name.as_str().to_owned())
            .bind(start_after.as_i64());
        self.ask::<(i64,)>(query).await.map(drop)
    }

    fn hold(
        &mut self,
        table: &Arc<LeaseTable>,
        given: Given,
        commands: mpsc::UnboundedSender<Command>,
    ) -> (HeldLease, EventNumber) {
        let Given {
            token,
            checkpoint,
            stream,
        } = given;
        if let Some(written) = &table.written {
            written.begin(token, checkpoint);
        }
        // Without a table of our own no lease does, nor would a later one.
        let watches_stream = stream.is_some() || !table.has_additions;
        let holding = Holding::new(self.confirmed.subscribe());
        let held = Held {
            holding: Arc::clone(&holding),
            epoch: token.epoch,
            stream,
        };
        let leases = self.stores.entry(Arc::clone(&table.name));
        let leases = leases.or_insert_with(|| Leases::new(table));
        leases.held.insert(token.id, held);
        self.room.take();
        (
            HeldLease::new(Arc::clone(table), token, holding, watches_stream, commands),
            checkpoint,
        )
    }

    async fn release(&mut self, table: &LeaseTable, id: SubscriptionId) {
        if self.forget(table, id).is_some() {
            self.unlock(table, id).await;
        }
    }

    fn forget(&mut self, table: &LeaseTable, id: SubscriptionId) -> Option<Held> {
        let leases = self.stores.get_mut(&table.name)?;
        let held = leases.held.remove(&id);
        if leases.held.is_empty() {
            self.stores.remove(&table.name);
        }
        held
    }

    async fn unlock(&mut self, table: &LeaseTable, id: SubscriptionId) {
        if self.connection.is_none() {
            return;
        }
        let query = table.statements.unlock_subscription.query();
        let query = query.bind(table.name.to_string()).bind(lock_key(id));
        // A failure has dropped the connection, and the lock with it.
        let _ = self.ask::<(bool,)>(query).await;
    }

    /// The leases of each store are asked for; without any, the connection is kept alive.
    async fn check_health(&mut self) {
        let tables: Vec<_> = self.stores.values().map(|leases| Arc::clone(&leases.table)).collect();
        if tables.is_empty() {
            let _ = self.ask::<(i32,)>(sqlx::query("SELECT 1").persistent(false)).await;
        }
        for table in tables {
            match self.find_changes(&table).await {
                Ok(changes) => {
                    for change in changes {
                        self.take_in(&table, change).await;
                    }
                }
                Err(error) => warn!(%error, "the leases of subscriptions could not be checked"),
            }
        }
    }

    async fn find_changes(&mut self, table: &LeaseTable) -> Result<Vec<Change>> {
        let Some(leases) = self.stores.get(&table.name) else {
            return Ok(Vec::new());
        };
        let held = leases.held.iter();
        let (ids, (streams, epochs)): (Vec<_>, (Vec<_>, Vec<_>)) = held
            .map(|(id, held)| (id.get(), (held.stream, held.epoch.get())))
            .unzip();
        let query = table.check().query().bind(ids).bind(streams).bind(epochs);
        self.ask(query).await
    }

    async fn take_in(&mut self, table: &LeaseTable, (id, is_deleted, is_stream_replaced, is_fenced): Change) {
        let id = SubscriptionId::new(id);
        if is_deleted {
            self.lose(table, id, LeaseLoss::SubscriptionDeleted).await;
        } else if is_stream_replaced {
            self.lose(table, id, LeaseLoss::StreamReplaced).await;
        } else if is_fenced {
            self.lose(table, id, LeaseLoss::InDoubt).await;
        } else {
            self.remember_stream(table, id).await;
        }
    }

    async fn lose(&mut self, table: &LeaseTable, id: SubscriptionId, loss: LeaseLoss) {
        let Some(held) = self.forget(table, id) else { return };
        info!(
            id = id.get(),
            table = &*table.name,
            ?loss,
            "the lease of a subscription ends"
        );
        held.holding.lose(loss);
        self.unlock(table, id).await;
    }

    /// The stream has been created since the lock was taken.
    async fn remember_stream(&mut self, table: &LeaseTable, id: SubscriptionId) {
        let Some(epoch) = self.held(table, id).map(|held| held.epoch) else {
            return;
        };
        let remember = table.statements.remember_stream.query();
        let query = remember.bind(id.get()).bind(epoch.get());
        if let Ok(mut found) = self.ask::<(i64,)>(query).await
            && let Some((stream,)) = found.pop()
            && let Some(held) = self.held(table, id)
        {
            held.stream = Some(stream);
        }
    }

    fn held(&mut self, table: &LeaseTable, id: SubscriptionId) -> Option<&mut Held> {
        self.stores.get_mut(&table.name)?.held.get_mut(&id)
    }

    /// Unless the server answers in time, the connection is given up: whether it still holds its locks would be a guess.
    async fn ask<R>(&mut self, query: Query<'_, Postgres, PgArguments>) -> Result<Vec<R>>
    where
        R: for<'r> sqlx::FromRow<'r, sqlx::postgres::PgRow> + Send + Unpin,
    {
        self.connection().await?;
        let asked_at = Instant::now();
        let answer = match &mut self.connection {
            Some(connection) => answer_of(query.fetch_all(connection)).await,
            None => Err(sqlx::Error::PoolClosed),
        };
        if answer.as_ref().err().is_none_or(leaves_connection_usable) {
            self.confirmed.send_replace(asked_at);
        } else {
            self.connection = None;
            self.lose_all();
        }
        let rows = answer.map_err(reading)?;
        rows.iter().map(R::from_row).collect::<Result<_, _>>().map_err(reading)
    }

    fn lose_all(&mut self) {
        for held in self.stores.drain().flat_map(|(_, leases)| leases.held.into_values()) {
            held.holding.lose(LeaseLoss::InDoubt);
        }
    }

    async fn connection(&mut self) -> Result<()> {
        if self.connection.is_none() {
            let asked_at = Instant::now();
            self.connection = Some(self.connect().await?);
            self.confirmed.send_replace(asked_at);
        }
        Ok(())
    }

    async fn connect(&self) -> Result<PgConnection> {
        let mut connection = connect(&self.config, "locks").await?;
        // Locked tables of one store, as by a migration, do not cost the leases of the others.
        let limit = sqlx::query(LIMIT_IDLE_SESSION).persistent(false).bind(LONGEST_SILENCE);
        answer_of(limit.execute(&mut connection)).await.map_err(reading)?;
        // A lock of another server, or of another database, excludes no one.
        if let Some(own) = Identity::of_session(&mut connection, &self.config).await? {
            own.check_leases()?;
        }
        Ok(connection)
    }
}

impl Leases {
    fn new(table: &Arc<LeaseTable>) -> Self {
        Self {
            table: Arc::clone(table),
            held: HashMap::new(),
        }
    }
}

/// A lease as the server has given it.
#[derive(Clone, Copy)]
struct Given {
    token: LeaseToken,
    checkpoint: EventNumber,
    stream: Option<i64>,
}

/// However the task ends, the locks end with its connection, and their holders are told at once.
impl Drop for Session {
    fn drop(&mut self) {
        if std::thread::panicking() {
            error!("the task that keeps the leases panicked: they are lost, and taken again");
        }
        self.lose_all();
    }
}

async fn answer_of<T>(statement: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    timeout(ANSWER_TIMEOUT, statement).await.unwrap_or_else(|elapsed| {
        Err(sqlx::Error::Io(std::io::Error::new(
            std::io::ErrorKind::TimedOut,
            elapsed,
        )))
    })
}
