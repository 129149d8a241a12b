use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use eventstore_core::{Listener, StreamSelector};
use sqlx::postgres::{PgListener, PgPoolOptions};
use sqlx::{Executor, PgPool};
use tokio::task::{AbortHandle, JoinHandle};
use tokio::time::{sleep, timeout};
use tracing::{debug, warn};

use crate::PostgresConfig;
use crate::notifier::{Payload, Topics};
use crate::observe;

/// The first and the longest pause before the connection is made anew.
const RECONNECT_PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(5));

/// A connection on which nothing came for this long is asked whether it still lives.
const SILENCE_BEFORE_PING: Duration = Duration::from_secs(10);

/// The notifications of one process: one connection, opened when the first listener comes, and kept open.
pub(crate) struct Hub {
    config: PostgresConfig,
    topics: Arc<Topics>,
    is_connected: Arc<AtomicBool>,
    task: OnceLock<AbortHandle>,
}

impl Hub {
    pub(crate) fn new(config: PostgresConfig) -> Self {
        Self {
            config,
            topics: Arc::default(),
            is_connected: Arc::default(),
            task: OnceLock::new(),
        }
    }

    pub(crate) fn listen(&self, selector: &StreamSelector) -> Box<dyn Listener> {
        let listener = self.topics.listen(selector.as_str());
        self.task.get_or_init(|| self.spawn().abort_handle());
        Box::new(listener)
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
            topics: Arc::clone(&self.topics),
            is_connected: Arc::clone(&self.is_connected),
        };
        tokio::spawn(receiver.run())
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        if let Some(task) = self.task.get() {
            task.abort();
        }
        self.topics.close();
    }
}

/// The task that owns the connection.
struct Receiver {
    config: PostgresConfig,
    topics: Arc<Topics>,
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
        listener.listen(&self.config.schema().channel()).await?;
        Ok(listener)
    }

    /// Passes notifications on until the connection is lost; says why it was.
    async fn receive(&self, listener: &mut PgListener) -> String {
        loop {
            match timeout(SILENCE_BEFORE_PING, listener.try_recv()).await {
                Ok(Ok(Some(notification))) => self.pass_on(notification.payload()),
                Ok(Ok(None)) => return "closed by the server".to_owned(),
                Ok(Err(error)) => return error.to_string(),
                Err(_) => {
                    if let Err(reason) = self.ping(listener).await {
                        return reason;
                    }
                }
            }
        }
    }

    fn pass_on(&self, payload: &str) {
        if let Some(payload) = Payload::parse(payload) {
            self.topics.notified(&payload);
        }
    }

    async fn ping(&self, listener: &mut PgListener) -> Result<(), String> {
        match timeout(self.config.connect_timeout(), listener.execute("SELECT 1")).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("no answer".to_owned()),
        }
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
