use std::collections::HashSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use eventstore_backend::StorageEpoch;
use sqlx::PgPool;
use sqlx::postgres::{PgListener, PgPoolOptions};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tracing::{debug, warn};

use crate::config::PostgresConfig;
use crate::connection::{Pool, check_timeline};
use crate::error::reading;
use crate::notify::Feed;
use crate::notify::feeds::Feeds;

/// The first and the longest pause before the connection is opened again.
const RECONNECT_PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(5));

/// How long an answer may take before the connection counts as lost.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// While there is no connection for notifications, the streams are polled over the pool at least this often.
const POLL_WITHOUT_CONNECTION: Duration = Duration::from_secs(2);

/// Owns the connection for notifications.
pub(super) struct Receiver {
    feeds: Arc<Feeds>,
    config: PostgresConfig,
    pool: Pool,
    storage_epoch: StorageEpoch,
}

/// The stores whose channels a connection listens to; they are told when it is given up, even by a panic.
#[derive(Default)]
struct Heard(Vec<HeardFeed>);

struct HeardFeed {
    feed: Arc<Feed>,
    next_poll: Instant,
}

impl Receiver {
    pub(super) fn new(feeds: Arc<Feeds>, config: PostgresConfig, pool: Pool) -> Self {
        Self {
            feeds,
            config,
            storage_epoch: pool.storage_epoch().clone(),
            pool,
        }
    }

    pub(super) async fn run(self) {
        loop {
            let (mut listener, mut heard) = Box::pin(self.connect()).await;
            let reason = self.receive(&mut listener, &mut heard).await;
            drop((listener, heard));
            warn!(reason, "the connection for notifications was lost");
        }
    }

    /// sqlx opens listening connections from a pool. Each listener has its own pool, because a lost connection may keep its place.
    fn own_pool(&self) -> PgPool {
        PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(self.config.connect_timeout())
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_lazy_with(self.config.session_options("listener"))
    }

    /// Meanwhile the streams are polled over the pool: a fallback must not share anything with what it replaces.
    async fn connect(&self) -> (PgListener, Heard) {
        tokio::select! {
            connected = self.connect_at_last() => connected,
            never = self.poll_over_the_pool() => match never {},
        }
    }

    async fn connect_at_last(&self) -> (PgListener, Heard) {
        let mut pauses = pauses();
        loop {
            match timeout(self.config.connect_timeout() * 2, self.try_connect()).await {
                Ok(Ok(connected)) => return connected,
                Ok(Err(reason)) => warn!(reason, "no connection for notifications"),
                Err(_) => warn!("no connection for notifications in time"),
            }
            sleep(pauses.next().unwrap_or(RECONNECT_PAUSES.1)).await;
        }
    }

    async fn try_connect(&self) -> Result<(PgListener, Heard), String> {
        let listener = PgListener::connect_with(&self.own_pool()).await;
        let mut listener = listener.map_err(|error| error.to_string())?;
        // A connection that the driver opens again by itself would hide that notifications were missed.
        listener.eager_reconnect(false);
        let looked = check_timeline(&self.storage_epoch, &mut listener).await;
        looked.map_err(|error| error.to_string())?;
        let mut heard = Heard::default();
        self.follow(&mut listener, &mut heard).await?;
        Ok((listener, heard))
    }

    async fn poll_over_the_pool(&self) -> Infallible {
        loop {
            let shortest = self.feeds.all().iter().map(|feed| feed.poll_interval).min();
            sleep(POLL_WITHOUT_CONNECTION.min(shortest.unwrap_or(POLL_WITHOUT_CONNECTION))).await;
            for feed in self.feeds.all() {
                if let Err(error) = self.poll_once(&feed).await {
                    debug!(%error, channel = feed.channel(), "the streams could not be polled");
                }
            }
        }
    }

    async fn poll_once(&self, feed: &Feed) -> eventstore_core::Result<()> {
        let mut client = self.pool.client(Some(ANSWER_TIMEOUT)).await?;
        let polled = client.run_one(async |connection| feed.poll(connection).await);
        polled.await.map_err(reading)
    }

    /// Passes notifications on until the connection is lost; returns the reason.
    async fn receive(&self, listener: &mut PgListener, heard: &mut Heard) -> String {
        let storage_epoch = self.storage_epoch.number();
        loop {
            if let Err(reason) = self.receive_next(listener, heard).await {
                return reason;
            }
            // This connection may still lead to the server before the failover, which announces nothing of the new one.
            if self.storage_epoch.number() != storage_epoch {
                return "a failover to another server may have happened".to_owned();
            }
        }
    }

    async fn receive_next(&self, listener: &mut PgListener, heard: &mut Heard) -> Result<(), String> {
        tokio::select! {
            received = listener.try_recv() => match received {
                Ok(Some(notification)) => heard.pass_on(notification.channel(), notification.payload()),
                Ok(None) => return Err("closed by the server".to_owned()),
                Err(error) => return Err(error.to_string()),
            },
            () = self.feeds.changed.notified() => return self.follow(listener, heard).await,
            () = heard.until_due() => return heard.poll_due(listener).await,
        }
        Ok(())
    }

    /// Listens to the channels of the current stores, and to no others.
    async fn follow(&self, listener: &mut PgListener, heard: &mut Heard) -> Result<(), String> {
        let feeds = self.feeds.all();
        for channel in heard.keep(&feeds) {
            in_time(listener.unlisten(&channel)).await?;
        }
        for feed in feeds.iter().filter(|feed| !feed.topics.is_connected()) {
            if !heard.hears(feed.channel()) {
                in_time(listener.listen(feed.channel())).await?;
            }
            debug!(channel = feed.channel(), "listening");
            // After `LISTEN`: what was committed before it is found by the read that `connected` asks for, and what
            // comes later is announced.
            heard.add(feed);
        }
        Ok(())
    }
}

impl Heard {
    fn add(&mut self, feed: &Arc<Feed>) {
        feed.connected();
        self.0.push(HeardFeed {
            feed: Arc::clone(feed),
            next_poll: Instant::now() + feed.poll_interval,
        });
    }

    /// Keeps only these feeds; returns the channels that no feed needs any more.
    fn keep(&mut self, feeds: &[Arc<Feed>]) -> HashSet<String> {
        let is_kept = |heard: &mut HeardFeed| feeds.iter().any(|feed| Arc::ptr_eq(feed, &heard.feed));
        let gone: Vec<_> = self.0.extract_if(.., |heard| !is_kept(heard)).collect();
        let channels = gone.iter().map(|heard| heard.feed.channel().to_owned());
        channels.filter(|channel| !self.hears(channel)).collect()
    }

    fn hears(&self, channel: &str) -> bool {
        self.0.iter().any(|heard| heard.feed.channel() == channel)
    }

    fn pass_on(&self, channel: &str, payload: &str) {
        let of_channel = self.0.iter().filter(|heard| heard.feed.channel() == channel);
        of_channel.for_each(|heard| heard.feed.pass_on(payload));
    }

    async fn until_due(&self) {
        match self.0.iter().map(|heard| heard.next_poll).min() {
            Some(due) => sleep_until(due).await,
            None => std::future::pending().await,
        }
    }

    async fn poll_due(&mut self, listener: &mut PgListener) -> Result<(), String> {
        for due in self.0.iter_mut().filter(|heard| heard.next_poll <= Instant::now()) {
            in_time(due.feed.poll(&mut *listener)).await?;
            due.next_poll = Instant::now() + due.feed.poll_interval;
        }
        Ok(())
    }
}

impl Drop for Heard {
    fn drop(&mut self) {
        for heard in &self.0 {
            heard.feed.disconnected();
        }
    }
}

async fn in_time(change: impl Future<Output = Result<(), sqlx::Error>>) -> Result<(), String> {
    match timeout(ANSWER_TIMEOUT, change).await {
        Ok(changed) => changed.map_err(|error| error.to_string()),
        Err(_) => Err("no answer".to_owned()),
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
