use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use eventstore_core::backend::{LeaseEpoch, LeaseLoss, LeaseToken, StreamWatch};
use eventstore_core::{Error, EventNumber, Result, SubscriptionId, SubscriptionKey};
use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::{PgConnection, Postgres};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tracing::{error, info, warn};

use super::{
    Acquisition, Command, HeldLease, HeldLock, LeaseTable, Release, Room, Watching, by_table, lock_key, refuse,
};
use crate::PostgresConfig;
use crate::connection::{Identity, connect};
use crate::error::{copies_of, damaged, leaves_connection_usable, reading};
use crate::sql::scripts::{COUNT_LOCKS, LIMIT_IDLE_SESSION};

/// How often to check that the connection that holds the locks is alive, and what became of the subscriptions.
const HEALTH_INTERVAL: Duration = Duration::from_millis(1_250);

/// How long an answer on that connection may take before its locks count as lost.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(3);

/// The server ends a session that is silent for this long: a process that was stopped does not hold its locks for ever. Before
/// `PostgreSQL` 14, the server does so only if the other side of the connection is gone.
const LONGEST_SILENCE: &str = "3s";

/// One statement requests, or gives back, at most this many leases.
const MOST_AT_ONCE: usize = 100;

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
    holding: Arc<HeldLock>,
    epoch: LeaseEpoch,
    /// The id of the stream that the checkpoint is about; `None` if it did not exist when the lock was taken.
    stream: Option<i64>,
}

/// What became of a held subscription: its id, whether it was deleted, whether its stream was replaced by another one, and whether
/// another epoch has begun.
type Change = (i64, bool, bool, bool);

/// Whether the subscription exists; and its id, epoch, checkpoint and stream, if the lease was given.
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
        let mut commands = Vec::new();
        loop {
            tokio::select! {
                taken = receiver.recv_many(&mut commands, MOST_AT_ONCE) => match taken {
                    0 => break,
                    _ => self.handle(commands.split_off(0)).await,
                },
                _ = health.tick(), if self.connection.is_some() => self.check_health().await,
            }
        }
    }

    /// Releases first, so that a lease that was given back can be acquired again in the same round.
    async fn handle(&mut self, commands: Vec<Command>) {
        let (mut acquisitions, mut releases, mut watches) = (Vec::new(), Vec::new(), Vec::new());
        for command in commands {
            match command {
                Command::TryAcquire(acquisition) => acquisitions.push(acquisition),
                Command::Release(release) => releases.push(release),
                Command::Watch(watching) => watches.push(watching),
            }
        }
        for (table, releases) in by_table(releases, |release| &release.table) {
            self.release(&table, releases).await;
        }
        for (table, acquisitions) in by_table(acquisitions, |acquisition| &acquisition.table) {
            self.acquire(&table, acquisitions).await;
        }
        for (table, watches) in by_table(watches, |watching| &watching.table) {
            self.watch(&table, watches).await;
        }
    }

    async fn release(&mut self, table: &LeaseTable, releases: Vec<Release>) {
        let held: Vec<_> = releases
            .iter()
            .filter(|release| !release.holding.is_lost() && self.forget_held(table, release))
            .map(|release| release.lease.id)
            .collect();
        self.unlock(table, &held).await;
        for done in releases.into_iter().filter_map(|release| release.done) {
            let _ = done.send(());
        }
    }

    /// Returns whether the lease was held; after ids have started over, a lease with the same id may be another one.
    fn forget_held(&mut self, table: &LeaseTable, release: &Release) -> bool {
        let held = self.held(table, release.lease.id);
        held.is_some_and(|held| Arc::ptr_eq(&held.holding, &release.holding))
            && self.forget(table, release.lease.id).is_some()
    }

    async fn acquire(&mut self, table: &Arc<LeaseTable>, mut waiting: Vec<Acquisition>) {
        loop {
            waiting.retain(|acquisition| !acquisition.reply.is_closed());
            if waiting.is_empty() {
                return;
            }
            if let Err(error) = self.count_locks().await {
                return refuse(waiting, error);
            }
            // Gives no lease when the server's lock table is full: every other statement needs a part of it.
            if let Some(full) = self.room.full() {
                for acquisition in waiting {
                    acquisition.answer(Err(full.into()));
                }
                return;
            }
            let batch = take_distinct(&mut waiting, self.room.at_once());
            self.acquire_at_once(table, batch).await;
        }
    }

    /// If the server refuses the leases together, each is requested alone: what prevents one does not prevent the others.
    async fn acquire_at_once(&mut self, table: &Arc<LeaseTable>, batch: Vec<Acquisition>) {
        let Err((batch, error)) = self.try_acquire(table, batch).await else {
            return;
        };
        if batch.len() == 1 || self.connection.is_none() {
            return refuse(batch, error);
        }
        let (mut waiting, mut refusals) = (batch.into_iter(), 0);
        while let Some(acquisition) = waiting.next() {
            if acquisition.reply.is_closed() {
                continue;
            }
            if let Err((mut alone, error)) = self.try_acquire(table, vec![acquisition]).await {
                refusals += 1;
                // The failure is not about these leases: retrying the others would only delay the leases that are held.
                if refusals > 1 || self.connection.is_none() {
                    alone.extend(waiting);
                    return refuse(alone, error);
                }
                refuse(alone, error);
            }
        }
    }

    /// Answers all of them, or none.
    async fn try_acquire(
        &mut self,
        table: &Arc<LeaseTable>,
        batch: Vec<Acquisition>,
    ) -> Result<(), (Vec<Acquisition>, Error)> {
        let answers = match self.ask_for_leases(table, &batch).await {
            Ok(answers) => answers,
            Err(error) => return Err((batch, error)),
        };
        let created_by_others = self.answer(table, batch, answers).await;
        if created_by_others.is_empty() {
            return Ok(());
        }
        match self.ask_for_leases(table, &created_by_others).await {
            Ok(answers) => {
                // A subscription that does not exist even now has been deleted again.
                for deleted in self.answer(table, created_by_others, answers).await {
                    deleted.answer(Ok(None));
                }
                Ok(())
            }
            Err(error) => Err((created_by_others, error)),
        }
    }

    /// Returns the acquisitions of subscriptions that others created concurrently: the statement does not see them yet.
    async fn answer(
        &mut self,
        table: &Arc<LeaseTable>,
        batch: Vec<Acquisition>,
        answers: Vec<Answer>,
    ) -> Vec<Acquisition> {
        let (mut unseen, mut damaged_ids) = (Vec::new(), Vec::new());
        for (acquisition, (is_there, id, epoch, checkpoint, stream)) in batch.into_iter().zip(answers) {
            let (Some(id), Some(epoch), Some(checkpoint)) = (id, epoch, checkpoint) else {
                if is_there {
                    acquisition.answer(Ok(None));
                } else {
                    unseen.push(acquisition);
                }
                continue;
            };
            let token = LeaseToken {
                id: SubscriptionId::new(id),
                epoch: LeaseEpoch::new(epoch),
            };
            match EventNumber::try_from(checkpoint) {
                Ok(checkpoint) => acquisition.answer(Ok(self.hold(
                    table,
                    Given {
                        token,
                        checkpoint,
                        stream,
                    },
                ))),
                Err(error) => {
                    damaged_ids.push(token.id);
                    acquisition.answer(Err(damaged(error)));
                }
            }
        }
        self.unlock(table, &damaged_ids).await;
        unseen
    }

    async fn count_locks(&mut self) -> Result<()> {
        if self.room.must_count() {
            let query = sqlx::query(COUNT_LOCKS).persistent(false);
            if let Some((capacity, taken)) = self.ask::<(i64, i64)>(query).await?.pop() {
                self.room.counted(capacity, taken);
            }
        }
        Ok(())
    }

    /// Creates the subscriptions that do not exist, takes the locks, begins the next epochs (ADR 40) and remembers which stream each
    /// checkpoint is about: if that stream was re-created since, the checkpoint is reset to its beginning. One answer each, in order.
    async fn ask_for_leases(&mut self, table: &LeaseTable, batch: &[Acquisition]) -> Result<Vec<Answer>> {
        let texts = |text: fn(&SubscriptionKey) -> &str| -> Vec<String> {
            batch.iter().map(|asked| text(&asked.key).to_owned()).collect()
        };
        let query = table
            .acquire()
            .query()
            .bind(texts(|key| key.selector.as_str()))
            .bind(texts(|key| key.name.as_str()))
            .bind(batch.iter().map(|asked| asked.start_after.as_i64()).collect::<Vec<_>>())
            .bind(self.held_ids(table).map(SubscriptionId::get).collect::<Vec<_>>());
        let answers = self.ask::<Answer>(query).await;
        if answers.is_err() {
            self.unlock_others(table).await;
        }
        answers
    }

    fn held_ids(&self, table: &LeaseTable) -> impl Iterator<Item = SubscriptionId> {
        let leases = self.stores.get(&table.name).into_iter();
        leases.flat_map(|leases| leases.held.keys().copied())
    }

    /// `None` if no store exists any more that could use the lease.
    fn hold(&mut self, table: &Arc<LeaseTable>, given: Given) -> Option<(HeldLease, EventNumber)> {
        let commands = self.commands.upgrade()?;
        let Given {
            token,
            checkpoint,
            stream,
        } = given;
        if let Some(written) = &table.written {
            written.begin(token, checkpoint);
        }
        // Without our own table no lease watches its stream, and no later one would.
        let watches_stream = stream.is_some() || !table.has_additions;
        let holding = HeldLock::new(self.confirmed.subscribe(), watches_stream);
        let held = Held {
            holding: Arc::clone(&holding),
            epoch: token.epoch,
            stream,
        };
        let leases = self.stores.entry(Arc::clone(&table.name));
        let leases = leases.or_insert_with(|| Leases::new(table));
        // A lease of a table that was dropped, and replaced by another one.
        if let Some(replaced) = leases.held.insert(token.id, held) {
            replaced.holding.lose(LeaseLoss::InDoubt);
        }
        self.room.take();
        let lease = HeldLease::new(Arc::clone(table), token, holding, commands);
        Some((lease, checkpoint))
    }

    fn forget(&mut self, table: &LeaseTable, id: SubscriptionId) -> Option<Held> {
        let leases = self.stores.get_mut(&table.name)?;
        let held = leases.held.remove(&id);
        if leases.held.is_empty() {
            self.stores.remove(&table.name);
        }
        held
    }

    async fn unlock(&mut self, table: &LeaseTable, ids: &[SubscriptionId]) {
        if self.connection.is_none() || ids.is_empty() {
            return;
        }
        let keys: Vec<_> = ids.iter().copied().map(lock_key).collect();
        let query = table.statements.unlock_subscriptions.query();
        let query = query.bind(table.name.to_string()).bind(keys);
        let unlocked = self.ask::<(i64,)>(query).await;
        self.end_session_unless(unlocked.is_ok());
    }

    /// A failed statement may have taken locks before it failed.
    async fn unlock_others(&mut self, table: &LeaseTable) {
        if self.connection.is_none() {
            return;
        }
        let keys: Vec<_> = self.held_ids(table).map(lock_key).collect();
        let query = table.statements.unlock_others.query();
        let query = query.bind(table.name.to_string()).bind(keys);
        let unlocked = self.ask::<(i64,)>(query).await;
        self.end_session_unless(unlocked.is_ok());
    }

    /// Locks that belong to no lease end with the connection.
    fn end_session_unless(&mut self, is_unlocked: bool) {
        if !is_unlocked && self.connection.take().is_some() {
            self.lose_all();
        }
    }

    /// Checks the leases of each store; if there are none, keeps the connection alive.
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
            let lease = self.held(table, id).map(|held| LeaseToken { id, epoch: held.epoch });
            // The next question on the connection reports a failure.
            let _ = self.watch_streams(table, lease.as_slice()).await;
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
        self.unlock(table, &[id]).await;
    }

    async fn watch(&mut self, table: &LeaseTable, watches: Vec<Watching>) {
        let leases: Vec<_> = watches.iter().map(|watching| watching.lease).collect();
        match self.watch_streams(table, &leases).await {
            Ok(answers) => {
                for Watching { lease, reply, .. } in watches {
                    let answer = answers.get(&lease.id).copied().unwrap_or(StreamWatch::Unknown);
                    // A caller that no longer waits asks again.
                    let _ = reply.send(Ok(answer));
                }
            }
            Err(error) => {
                let mut copies = copies_of(error);
                for watching in watches {
                    let _ = watching.reply.send(Err(copies()));
                }
            }
        }
    }

    /// Remembers the streams that were created since the leases were given. A lease without an answer is locked by another transaction,
    /// or no longer held.
    async fn watch_streams(
        &mut self,
        table: &LeaseTable,
        leases: &[LeaseToken],
    ) -> Result<HashMap<SubscriptionId, StreamWatch>> {
        let query = table
            .statements
            .watch_streams
            .query()
            .bind(leases.iter().map(|lease| lease.id.get()).collect::<Vec<_>>())
            .bind(leases.iter().map(|lease| lease.epoch.get()).collect::<Vec<_>>());
        let mut answers = HashMap::new();
        for (id, is_missing, stream, is_replaced) in self.ask::<(i64, bool, Option<i64>, bool)>(query).await? {
            let id = SubscriptionId::new(id);
            if is_replaced {
                self.lose(table, id, LeaseLoss::StreamReplaced).await;
            } else if is_missing {
                answers.insert(id, StreamWatch::NoStream);
            } else if let (Some(stream), Some(held)) = (stream, self.held(table, id)) {
                held.stream = Some(stream);
                held.holding.watch_stream();
                answers.insert(id, StreamWatch::Watching);
            }
        }
        Ok(answers)
    }

    fn held(&mut self, table: &LeaseTable, id: SubscriptionId) -> Option<&mut Held> {
        self.stores.get_mut(&table.name)?.held.get_mut(&id)
    }

    /// Gives up the connection if the server does not answer in time: whether it still holds its locks would be a guess.
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
        // The lock timeout keeps locked tables of one store, as during a migration, from costing the leases of the others.
        let limit = sqlx::query(LIMIT_IDLE_SESSION).persistent(false).bind(LONGEST_SILENCE);
        answer_of(limit.execute(&mut connection)).await.map_err(reading)?;
        // A lock on another server, or in another database, excludes no one.
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

/// The first acquisitions, up to this many, but each subscription once: one statement must not give a lease twice.
fn take_distinct(waiting: &mut Vec<Acquisition>, most: usize) -> Vec<Acquisition> {
    let mut keys = HashSet::new();
    waiting
        .extract_if(.., |acquisition| {
            keys.len() < most && keys.insert(acquisition.key.clone())
        })
        .collect()
}

/// A lease as the server gave it.
#[derive(Clone, Copy)]
struct Given {
    token: LeaseToken,
    checkpoint: EventNumber,
    stream: Option<i64>,
}

/// However the task ends, the locks end with its connection, and their holders are told immediately.
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
