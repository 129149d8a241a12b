use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use eventstore_core::{Error, Lease, Result, SubscriptionId};
use sqlx::{Connection, PgConnection};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::PostgresConfig;
use crate::connection::connect;
use crate::error::{leaves_connection_usable, reading};
use crate::statements::Statements;

/// How often the connection that holds the locks is asked whether it still lives.
const HEALTH_INTERVAL: Duration = Duration::from_secs(1);

/// How long an answer on that connection may take before its locks count as lost.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(3);

/// The server ends a session that asks nothing for this long: a process that was stopped holds no lock for ever. Before
/// `PostgreSQL` 14 no server does.
const LONGEST_SILENCE: &str = "3s";

/// The second half of a lock's key is an `int4`: larger ids are reduced by this number.
const KEY_MODULUS: i64 = 2_147_483_647;

/// The locks of one process: all of them on one connection, opened when the first is taken.
///
/// The queue of commands is as long as there are callers who wait and leases that were dropped.
pub(crate) struct LockSession {
    commands: mpsc::UnboundedSender<Command>,
}

enum Command {
    TryAcquire {
        id: SubscriptionId,
        reply: oneshot::Sender<Result<Option<HeldLease>>>,
    },
    Release {
        id: SubscriptionId,
        lost: CancellationToken,
        done: Option<oneshot::Sender<()>>,
    },
}

impl LockSession {
    pub(crate) fn new(config: PostgresConfig, statements: Arc<Statements>) -> Self {
        let (commands, receiver) = mpsc::unbounded_channel();
        let session = Session::new(config, statements, commands.downgrade());
        tokio::spawn(session.run(receiver));
        Self { commands }
    }

    pub(crate) async fn try_acquire(&self, id: SubscriptionId) -> Result<Option<Box<dyn Lease>>> {
        let (reply, answer) = oneshot::channel();
        self.commands
            .send(Command::TryAcquire { id, reply })
            .map_err(|_| closed())?;
        Ok(match answer.await.map_err(|_| closed())?? {
            Some(lease) => Some(Box::new(lease)),
            None => None,
        })
    }
}

fn closed() -> Error {
    Error::Unavailable {
        message: "the store has been closed".to_owned(),
        source: None,
    }
}

/// A lock that this process holds.
struct HeldLease {
    id: SubscriptionId,
    lost: CancellationToken,
    commands: mpsc::UnboundedSender<Command>,
    released: bool,
}

impl HeldLease {
    fn give_back(&mut self, done: Option<oneshot::Sender<()>>) {
        self.released = true;
        let release = Command::Release {
            id: self.id,
            lost: self.lost.clone(),
            done,
        };
        // An error means that the session has ended, and the lock with it.
        let _ = self.commands.send(release);
    }
}

#[async_trait]
impl Lease for HeldLease {
    async fn lost(&self) {
        self.lost.cancelled().await;
    }

    async fn release(mut self: Box<Self>) {
        let (done, released) = oneshot::channel();
        self.give_back(Some(done));
        // An error means the same as an answer: the session no longer holds the lock.
        let _ = released.await;
    }
}

impl Drop for HeldLease {
    fn drop(&mut self) {
        if !self.released {
            self.give_back(None);
        }
    }
}

/// The task that owns the connection.
struct Session {
    statements: Arc<Statements>,
    subscriptions_table: String,
    config: PostgresConfig,
    commands: mpsc::WeakUnboundedSender<Command>,
    connection: Option<PgConnection>,
    held: HashSet<SubscriptionId>,
    /// Cancelled when the connection is lost, and all locks with it.
    lost: CancellationToken,
}

impl Session {
    fn new(config: PostgresConfig, statements: Arc<Statements>, commands: mpsc::WeakUnboundedSender<Command>) -> Self {
        Self {
            statements,
            subscriptions_table: format!("{}.subscriptions", config.schema().quoted()),
            config,
            commands,
            connection: None,
            held: HashSet::new(),
            lost: CancellationToken::new(),
        }
    }

    /// Ends when the store and all leases are gone.
    async fn run(mut self, mut receiver: mpsc::UnboundedReceiver<Command>) {
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
        self.lost.cancel();
    }

    async fn handle(&mut self, command: Command) {
        match command {
            Command::TryAcquire { reply, .. } if reply.is_closed() => {}
            Command::TryAcquire { id, reply } => {
                let answer = self.try_acquire(id).await;
                // Whoever no longer waits drops the lease, which gives it back.
                let _ = reply.send(answer);
            }
            Command::Release { id, lost, done } => {
                if !lost.is_cancelled() {
                    self.release(id).await;
                }
                if let Some(done) = done {
                    let _ = done.send(());
                }
            }
        }
    }

    async fn try_acquire(&mut self, id: SubscriptionId) -> Result<Option<HeldLease>> {
        let Some(commands) = self.commands.upgrade() else {
            return Ok(None);
        };
        // The server would give the same session the same lock again.
        if self.held.contains(&id) || !self.lock(id).await? {
            return Ok(None);
        }
        self.held.insert(id);
        Ok(Some(HeldLease {
            id,
            lost: self.lost.clone(),
            commands,
            released: false,
        }))
    }

    async fn lock(&mut self, id: SubscriptionId) -> Result<bool> {
        let sql = self.statements.try_lock_subscription.text();
        let query = sqlx::query_scalar::<_, bool>(sql)
            .bind(self.subscriptions_table.clone())
            .bind(lock_key(id));
        let connection = self.connection().await?;
        let answer = answer_of(query.fetch_one(connection)).await;
        self.settle(answer).map_err(reading)
    }

    async fn release(&mut self, id: SubscriptionId) {
        self.held.remove(&id);
        let Some(connection) = self.connection.as_mut() else {
            return;
        };
        let sql = self.statements.unlock_subscription.text();
        let query = sqlx::query(sql)
            .bind(self.subscriptions_table.clone())
            .bind(lock_key(id));
        let answer = answer_of(query.execute(connection)).await;
        // A failure has dropped the connection, and the lock with it.
        let _ = self.settle(answer);
    }

    async fn check_health(&mut self) {
        let Some(connection) = self.connection.as_mut() else {
            return;
        };
        let answer = answer_of(connection.ping()).await;
        if let Err(error) = self.settle(answer) {
            warn!(%error, "the connection that holds the locks of subscriptions was lost");
        }
    }

    async fn connection(&mut self) -> Result<&mut PgConnection> {
        if self.connection.is_none() {
            let connection = self.connect().await?;
            self.lost = CancellationToken::new();
            return Ok(self.connection.insert(connection));
        }
        self.connection.as_mut().ok_or_else(closed)
    }

    async fn connect(&self) -> Result<PgConnection> {
        let mut connection = connect(&self.config, "locks").await?;
        let limit = sqlx::query(self.statements.limit_idle_session.text()).bind(LONGEST_SILENCE);
        answer_of(limit.execute(&mut connection)).await.map_err(reading)?;
        Ok(connection)
    }

    /// Unless the server has answered, the connection is given up: whether it still holds its locks would be a guess.
    fn settle<T>(&mut self, answer: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        if answer.as_ref().is_err_and(|error| !leaves_connection_usable(error)) {
            self.connection = None;
            self.held.clear();
            self.lost.cancel();
        }
        answer
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

pub(crate) fn lock_key(id: SubscriptionId) -> i32 {
    let id = id.get();
    let reduced = if id > KEY_MODULUS { id % KEY_MODULUS } else { id };
    i32::try_from(reduced).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Behaviours: R8.60.
    #[test]
    fn reduces_ids_that_no_lock_key_can_hold() {
        assert_eq!(lock_key(SubscriptionId::new(1)), 1);
        assert_eq!(lock_key(SubscriptionId::new(KEY_MODULUS)), i32::MAX);
        assert_eq!(lock_key(SubscriptionId::new(KEY_MODULUS + 5)), 5);
    }
}
