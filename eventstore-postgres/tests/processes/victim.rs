use std::env;
use std::num::NonZeroU32;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;

use eventstore_core::SubscriptionKey;
use eventstore_postgres::{PostgresConfig, PostgresStore};
use eventstore_subscriptions::{Delivery, GiveUp, RetryPolicy, Subscribe, Subscriptions};
use tokio::runtime::Runtime;
use tokio::sync::watch;

const STORE: &str = "EVENTSTORE_VICTIM_STORE";
const HANGS_AT: &str = "EVENTSTORE_VICTIM_HANGS_AT";

/// The type of an event that no process survives.
pub(crate) const DEADLY: &str = "Deadly";

/// How often an event is handled at most.
pub(crate) const ATTEMPTS: NonZeroU32 = NonZeroU32::new(2).unwrap();

/// A process that handles all events, and is aborted by a deadly one. Those that it cannot handle are parked.
pub(crate) struct Victim {
    /// The URL of the store.
    pub(crate) store: String,
    /// The number of an event that it never gets done.
    pub(crate) hangs_at: u64,
}

impl Victim {
    /// What this process is to be; `None` if it is another one.
    pub(crate) fn of_environment() -> Option<Self> {
        Some(Self {
            store: env::var(STORE).ok()?,
            hangs_at: env::var(HANGS_AT).ok()?.parse().ok()?,
        })
    }

    pub(crate) fn spawn(&self) -> Child {
        Command::new(env::current_exe().unwrap())
            .env(STORE, &self.store)
            .env(HANGS_AT, self.hangs_at.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// What the process does.
    pub(crate) fn run(&self) -> ExitCode {
        match Runtime::new().map(|runtime| runtime.block_on(self.handle_all())) {
            Ok(Ok(())) => ExitCode::SUCCESS,
            failure => {
                eprintln!("{failure:?}");
                ExitCode::FAILURE
            }
        }
    }

    /// Prints the number of each event that it begins to handle.
    async fn handle_all(&self) -> anyhow::Result<()> {
        let store = PostgresStore::connect(PostgresConfig::from_url(&self.store)?).await?;
        let subscriptions = Subscriptions::new(store.clone()).with_parking(store);
        let (last_handled, mut seen) = watch::channel(0);
        let all = async move { drop(seen.wait_for(|number| *number >= LAST).await) };
        let handler = async |event: Delivery| {
            println!("{}", event.number);
            if event.event_type.as_str() == DEADLY {
                std::process::abort();
            }
            if event.number.get() == self.hangs_at {
                std::future::pending::<()>().await;
            }
            last_handled.send_replace(event.number.get());
            Ok::<_, anyhow::Error>(())
        };
        Ok(subscriptions.run_until(request()?, all, handler).await?)
    }
}

/// How many events there are.
pub(crate) const LAST: u64 = 12;

pub(crate) fn key() -> anyhow::Result<SubscriptionKey> {
    Ok(SubscriptionKey::new("$all", "victim")?)
}

fn request() -> anyhow::Result<Subscribe> {
    let moment = Duration::from_millis(1);
    let policy = RetryPolicy::new(ATTEMPTS, GiveUp::Park).with_delay(moment, moment);
    Ok(Subscribe::to_all("victim")?.with_retry_policy(policy))
}
