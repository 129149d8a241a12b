use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBuilder};
use eventstore_core::{Append, AppendReceipt, EventNumber, Listener, Recipient, StreamSelector};
use sqlx::PgPool;
use sqlx::postgres::{PgListener, PgPoolOptions};
use tokio::task::{AbortHandle, JoinHandle};
use tokio::time::{MissedTickBehavior, interval_at, sleep, timeout};
use tracing::{debug, warn};

use crate::connection::Incarnation;
use crate::notifier::{Payload, Recipients, Topics};
use crate::observe;
use crate::statements::Statements;
use crate::{DataType, PostgresConfig};

/// The first and the longest pause before the connection is made anew.
const RECONNECT_PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(5));

/// How long an answer on the connection may take before it counts as lost.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// The notifications of one process: one connection, opened when the first listener comes, and kept open.
pub(crate) struct Hub {
    config: PostgresConfig,
    statements: Arc<Statements>,
    topics: Arc<Topics>,
    recipients: Recipients,
    /// Whether payloads come back as they were given.
    keeps_payloads: bool,
    incarnation: Incarnation,
    is_connected: Arc<AtomicBool>,
    task: OnceLock<AbortHandle>,
}

impl Hub {
    pub(crate) fn new(
        config: PostgresConfig,
        statements: Arc<Statements>,
        data_type: DataType,
        incarnation: Incarnation,
    ) -> Self {
        Self {
            incarnation,
            config,
            statements,
            topics: Arc::default(),
            recipients: Recipients::default(),
            keeps_payloads: data_type == DataType::Bytea,
            is_connected: Arc::default(),
            task: OnceLock::new(),
        }
    }

    pub(crate) fn listen(&self, selector: &StreamSelector) -> Box<dyn Listener> {
        let listener = self.topics.listen(selector.as_str());
        if !self.topics.is_closed() {
            self.task.get_or_init(|| self.spawn().abort_handle());
        }
        Box::new(listener)
    }

    pub(crate) fn hand_over_to(&self, recipient: Weak<dyn Recipient>) {
        self.recipients.add(recipient);
    }

    /// Tells this process what it has committed itself, in an append that began at this time: the notification of it need
    /// not be waited for.
    pub(crate) fn committed(&self, append: &Append, receipt: &AppendReceipt, began_at: Instant) {
        if !self.is_needed() || receipt.is_deduplicated {
            return;
        }
        if self.keeps_payloads
            && self.topics.is_heard(StreamSelector::All.as_str())
            && let Some(events) = append.recorded(receipt)
        {
            self.recipients.hand_over(&events, began_at);
        }
        self.topics
            .reached(append.stream().as_str(), receipt.last_version.into());
        self.topics.reached(StreamSelector::All.as_str(), receipt.last_position);
    }

    pub(crate) fn incarnation(&self) -> u64 {
        self.incarnation.number()
    }

    /// Gives the connection up; whoever listens hears that nothing will come any more.
    pub(crate) fn close(&self) {
        if let Some(task) = self.task.get() {
            task.abort();
        }
        if self.is_connected.swap(false, Ordering::Relaxed) {
            observe::deaf();
        }
        self.topics.close();
    }

    /// Whether somebody has listened.
    pub(crate) fn is_needed(&self) -> bool {
        self.task.get().is_some()
    }

    /// Whether the connection stands, as far as is known.
    pub(crate) fn is_connected(&self) -> bool {
        self.is_connected.load(Ordering::Relaxed)
    }

    fn spawn(&self) -> JoinHandle<()> {
        let receiver = Receiver {
            config: self.config.clone(),
            statements: Arc::clone(&self.statements),
            topics: Arc::clone(&self.topics),
            incarnation: self.incarnation.clone(),
            is_connected: Arc::clone(&self.is_connected),
        };
        tokio::spawn(receiver.run())
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.close();
    }
}

/// The task that owns the connection.
struct Receiver {
    config: PostgresConfig,
    statements: Arc<Statements>,
    topics: Arc<Topics>,
    incarnation: Incarnation,
    is_connected: Arc<AtomicBool>,
}

impl Receiver {
    async fn run(self) {
        loop {
            let mut listener = self.connect().await;
            debug!(channel = %self.config.schema().channel(), "listening");
            self.is_connected.store(true, Ordering::Relaxed);
            observe::listening();
            self.topics.connected();
            let reason = self.receive(&mut listener).await;
            self.is_connected.store(false, Ordering::Relaxed);
            observe::deaf();
            warn!(reason, "the connection for notifications was lost");
        }
    }

    /// sqlx makes listening connections out of a pool. Each has one of its own, since a lost one may keep its place.
    fn pool(&self) -> PgPool {
        PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(self.config.connect_timeout())
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_lazy_with(self.config.session_options("listener"))
    }

    async fn connect(&self) -> PgListener {
        let mut pauses = pauses();
        loop {
            match timeout(self.config.connect_timeout() * 2, self.try_connect()).await {
                Ok(Ok(listener)) => return listener,
                Ok(Err(error)) => warn!(%error, "no connection for notifications"),
                Err(_) => warn!("no connection for notifications in time"),
            }
            sleep(pauses.next().unwrap_or(RECONNECT_PAUSES.1)).await;
        }
    }

    async fn try_connect(&self) -> Result<PgListener, sqlx::Error> {
        let mut listener = PgListener::connect_with(&self.pool()).await?;
        listener.eager_reconnect(false);
        self.incarnation.look(&mut listener).await?;
        listener.listen(&self.config.schema().channel()).await?;
        Ok(listener)
    }

    /// Passes notifications on until the connection is lost; says why it was.
    async fn receive(&self, listener: &mut PgListener) -> String {
        let mut looks = interval_at(
            tokio::time::Instant::now() + self.config.look_interval(),
            self.config.look_interval(),
        );
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let received = tokio::select! {
                received = listener.try_recv() => received,
                _ = looks.tick() => match self.look(listener).await {
                    Ok(()) => continue,
                    Err(reason) => return reason,
                },
            };
            match received {
                Ok(Some(notification)) => self.pass_on(notification.payload()),
                Ok(None) => return "closed by the server".to_owned(),
                Err(error) => return error.to_string(),
            }
        }
    }

    fn pass_on(&self, payload: &str) {
        if let Some(payload) = Payload::parse(payload) {
            self.topics.notified(&payload);
        }
    }

    /// Looks how all the streams stand that somebody listens to: what no notification told of is found by that, and a
    /// connection that is lost without a word.
    async fn look(&self, listener: &mut PgListener) -> Result<(), String> {
        let query = self.statements.find_states.query_as::<(String, i64, i64, bool)>();
        let query = query.bind(self.topics.streams());
        let found = match timeout(ANSWER_TIMEOUT, query.fetch_all(listener)).await {
            Ok(found) => found.map_err(|error| error.to_string())?,
            Err(_) => return Err("no answer".to_owned()),
        };
        for (stream, id, version, is_deleted) in found {
            let version = EventNumber::try_from(version).map_err(|error| error.to_string())?;
            self.topics.found(&stream, id, version, is_deleted);
        }
        Ok(())
    }
}

fn pauses() -> impl Iterator<Item = Duration> {
    let (first, longest) = RECONNECT_PAUSES;
    ExponentialBuilder::default()
        .with_min_delay(first)
        .with_max_delay(longest)
        .with_jitter()
        .without_max_times()
        .build()
}
