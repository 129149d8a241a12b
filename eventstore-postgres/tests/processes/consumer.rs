use std::num::NonZeroU32;
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::{env, fs};

use anyhow::{Context, bail, ensure};
use eventstore_core::{EventReaderExt, Read, StreamSelector, SubscriptionName};
use eventstore_postgres::{PostgresConfig, PostgresStore};
use eventstore_subscriptions::{Subscribe, Subscriptions};
use futures_util::TryStreamExt;
use tokio::runtime::Runtime;

const TASK: &str = "EVENTSTORE_CONSUMER_TASK";
const EVENTS: &str = "EVENTSTORE_CONSUMER_EVENTS";
const URL: &str = "EVENTSTORE_CONSUMER_URL";

/// A process that goes through all events, and tells how much memory that took.
pub(crate) struct Consumer {
    /// `read` or `subscribe`.
    pub(crate) task: String,
    pub(crate) events: u32,
    pub(crate) url: String,
}

impl Consumer {
    /// What this process is to be; `None` if it is the one that tests.
    pub(crate) fn of_environment() -> Option<Self> {
        Some(Self {
            task: env::var(TASK).ok()?,
            events: env::var(EVENTS).ok()?.parse().ok()?,
            url: env::var(URL).ok()?,
        })
    }

    /// Runs the process to its end; how many kB it had at once.
    pub(crate) fn peak_kb(&self) -> u64 {
        let output = Command::new(env::current_exe().unwrap())
            .env(TASK, &self.task)
            .env(EVENTS, self.events.to_string())
            .env(URL, &self.url)
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        assert!(output.status.success(), "{} failed", self.task);
        String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
    }

    /// What the process does.
    pub(crate) fn run(&self) -> ExitCode {
        match Runtime::new().map(|runtime| runtime.block_on(self.consume())) {
            Ok(Ok(kb)) => {
                println!("{kb}");
                ExitCode::SUCCESS
            }
            failure => {
                eprintln!("{}: {failure:?}", self.task);
                ExitCode::FAILURE
            }
        }
    }

    async fn consume(&self) -> anyhow::Result<u64> {
        let store = PostgresStore::connect(PostgresConfig::from_url(&self.url)?).await?;
        let consumed = match self.task.as_str() {
            "read" => read(&store).await?,
            "subscribe" => subscribe(store, self.events).await?,
            task => bail!("unknown task {task:?}"),
        };
        ensure!(consumed == self.events, "{consumed} events of {}", self.events);
        own_peak_kb()
    }
}

async fn read(store: &PostgresStore) -> anyhow::Result<u32> {
    let mut events = store.read(Read::all());
    let mut count = 0;
    while let Some(event) = events.try_next().await? {
        ensure!(event.payload_bytes() > 0);
        count += 1;
    }
    Ok(count)
}

async fn subscribe(store: PostgresStore, events: u32) -> anyhow::Result<u32> {
    let request = Subscribe::new(SubscriptionName::new("large")?, StreamSelector::All);
    let mut subscription = Subscriptions::new(Arc::new(store)).subscribe(request)?;
    let mut count = 0;
    while count < events {
        let batch = subscription.next().await.context("the subscription ended")??;
        count += NonZeroU32::new(u32::try_from(batch.len())?)
            .context("an empty batch")?
            .get();
        subscription.ack_batch(&batch).await?;
    }
    subscription.stop().await?;
    Ok(count)
}

/// The most memory that this process had at once.
fn own_peak_kb() -> anyhow::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kb = line.and_then(|kb| kb.trim().strip_suffix(" kB"));
    Ok(kb.context("no VmHWM")?.trim().parse()?)
}
