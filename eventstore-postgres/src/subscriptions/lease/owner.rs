use std::sync::Arc;
use std::time::Duration;

use eventstore_core::{Result, SubscriptionId};
use sqlx::Postgres;
use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};
use tracing::error;

use super::holdings::Holdings;
use super::lock_connection::LockConnection;
use super::{Command, LeaseTable, Release, Room, by_table, lock_key};
use crate::config::PostgresConfig;

/// How often to check that the connection that holds the locks is alive, and what became of the subscriptions.
const HEALTH_INTERVAL: Duration = Duration::from_millis(1_250);

/// One statement requests, or gives back, at most this many leases.
const MOST_AT_ONCE: usize = 100;

/// The task that owns the connection.
pub(super) struct LockOwner {
    pub(super) commands: mpsc::WeakUnboundedSender<Command>,
    pub(super) connection: LockConnection,
    pub(super) holdings: Holdings,
    pub(super) room: Room,
}

impl LockOwner {
    pub(super) fn new(config: PostgresConfig, commands: mpsc::WeakUnboundedSender<Command>) -> Self {
        Self {
            commands,
            connection: LockConnection::new(config),
            holdings: Holdings::default(),
            room: Room::default(),
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
                _ = health.tick(), if self.connection.is_open() => self.check_health().await,
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
            // The lock of a lost lease is gone already, and its key may belong to a later lease.
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
        let held = self.holdings.held(table, release.lease.id);
        held.is_some_and(|held| Arc::ptr_eq(&held.holding, &release.holding))
            && self.holdings.forget(table, release.lease.id).is_some()
    }

    pub(super) async fn unlock(&mut self, table: &LeaseTable, ids: &[SubscriptionId]) {
        if !self.connection.is_open() || ids.is_empty() {
            return;
        }
        let keys: Vec<_> = ids.iter().copied().map(lock_key).collect();
        let query = table.statements.unlock_subscriptions.query();
        let query = query.bind(table.name.to_string()).bind(keys);
        let unlocked = self.ask::<(i64,)>(query).await;
        self.give_up_unless(unlocked.is_ok());
    }

    /// A failed statement may have taken locks before it failed.
    pub(super) async fn unlock_others(&mut self, table: &LeaseTable) {
        if !self.connection.is_open() {
            return;
        }
        let keys: Vec<_> = self.holdings.ids(table).map(lock_key).collect();
        let query = table.statements.unlock_others.query();
        let query = query.bind(table.name.to_string()).bind(keys);
        let unlocked = self.ask::<(i64,)>(query).await;
        self.give_up_unless(unlocked.is_ok());
    }

    /// Locks that belong to no lease end with the connection.
    fn give_up_unless(&mut self, is_unlocked: bool) {
        if !is_unlocked && self.connection.is_open() {
            self.connection.give_up();
            self.holdings.lose_all();
        }
    }

    /// With the connection, all leases are lost.
    pub(super) async fn ask<R>(&mut self, query: Query<'_, Postgres, PgArguments>) -> Result<Vec<R>>
    where
        R: for<'r> sqlx::FromRow<'r, sqlx::postgres::PgRow> + Send + Unpin,
    {
        let answer = self.connection.ask(query).await;
        if !self.connection.is_open() {
            self.holdings.lose_all();
        }
        answer
    }
}

/// However the task ends, the locks end with its connection, and their holders are told immediately.
impl Drop for LockOwner {
    fn drop(&mut self) {
        if std::thread::panicking() {
            error!("the task that keeps the leases panicked: they are lost, and taken again");
        }
        self.holdings.lose_all();
    }
}
