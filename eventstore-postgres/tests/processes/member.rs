use std::convert::Infallible;
use std::io::{Read, stdin};
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::{env, thread};

use anyhow::bail;
use eventstore_core::{StreamSelector, SubscriptionName, SubscriptionSettings};
use eventstore_postgres::{PostgresConfig, PostgresStore};
use eventstore_subscriptions::{AckError, Subscribe, Subscription, SubscriptionEnded, Subscriptions};
use eventstore_testkit::history::Recorder;
use futures_util::future::try_join_all;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

/// A process that subscribes and acknowledges whatever it gets, until its standard input ends.
pub(crate) struct Member {
    /// Its name, and how its sessions are called.
    pub(crate) name: String,
    pub(crate) subscription: String,
    /// How many consumers it has.
    pub(crate) consumers: u32,
    pub(crate) url: String,
    /// The file of the history.
    pub(crate) history: PathBuf,
}

const NAME: &str = "EVENTSTORE_MEMBER_NAME";
const SUBSCRIPTION: &str = "EVENTSTORE_MEMBER_SUBSCRIPTION";
const CONSUMERS: &str = "EVENTSTORE_MEMBER_CONSUMERS";
const URL: &str = "EVENTSTORE_MEMBER_URL";
const HISTORY: &str = "EVENTSTORE_MEMBER_HISTORY";

impl Member {
    /// What this process is to be; `None` if it is the one that tests.
    pub(crate) fn of_environment() -> Option<Self> {
        Some(Self {
            name: env::var(NAME).ok()?,
            subscription: env::var(SUBSCRIPTION).ok()?,
            consumers: env::var(CONSUMERS).ok()?.parse().ok()?,
            url: env::var(URL).ok()?,
            history: env::var(HISTORY).ok()?.into(),
        })
    }

    /// Starts the process.
    pub(crate) fn spawn(&self) -> Child {
        Command::new(env::current_exe().unwrap())
            .env(NAME, &self.name)
            .env(SUBSCRIPTION, &self.subscription)
            .env(CONSUMERS, self.consumers.to_string())
            .env(URL, &self.url)
            .env(HISTORY, &self.history)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// What the process does.
    pub(crate) fn run(&self) -> ExitCode {
        match Runtime::new().map(|runtime| runtime.block_on(self.serve())) {
            Ok(Ok(())) => ExitCode::SUCCESS,
            failure => {
                eprintln!("{}: {failure:?}", self.name);
                ExitCode::FAILURE
            }
        }
    }

    async fn serve(&self) -> anyhow::Result<()> {
        let url = format!("{}?application_name={}", self.url, self.name);
        let store = PostgresStore::connect(PostgresConfig::from_url(&url)?).await?;
        let subscriptions = Subscriptions::new(Arc::new(store));
        // Those who share a subscription ask for the same.
        let request = self.request()?;
        let consume = |number| self.consume(&subscriptions, request.clone(), number);
        let consumers = try_join_all((1..=self.consumers).map(consume));
        tokio::select! {
            never = consumers => never.map(drop),
            orphaned = when_orphaned() => orphaned.map_err(Into::into),
        }
    }

    /// Subscribes again whenever the subscription has been deleted.
    async fn consume(
        &self,
        subscriptions: &Subscriptions,
        request: Subscribe,
        number: u32,
    ) -> anyhow::Result<Infallible> {
        let recorder = Recorder::to_file(&self.history)?;
        let mut life = 0;
        loop {
            life += 1;
            let subscriber = format!("{}.{number}.{life}", self.name);
            recorder.subscribed(&subscriber, &self.subscription);
            let mut subscription = subscriptions.subscribe(request.clone())?;
            match serve(&recorder, &subscriber, &mut subscription).await? {
                Some(SubscriptionEnded::SubscriptionDeleted) => {}
                ended => bail!("the subscription ended: {ended:?}"),
            }
        }
    }

    /// Consumers that compete keep the order of each stream, a single one that of all events.
    fn request(&self) -> anyhow::Result<Subscribe> {
        let settings = SubscriptionSettings {
            buffer_size: 10.try_into()?,
            concurrency_limit: self.consumers.try_into()?,
            ..SubscriptionSettings::default()
        };
        let name = SubscriptionName::new(self.subscription.as_str())?;
        let request = Subscribe::new(name, StreamSelector::All).with_settings(settings);
        Ok(match self.consumers {
            1 => request,
            _ => request.with_partition_key(|event| Some((&event.stream).into())),
        })
    }
}

async fn serve(
    recorder: &Recorder,
    subscriber: &str,
    subscription: &mut Subscription,
) -> anyhow::Result<Option<SubscriptionEnded>> {
    while let Some(batch) = subscription.next().await {
        let events = match batch {
            Ok(events) => events,
            Err(ended) => return Ok(Some(ended)),
        };
        recorder.delivered(subscriber, &events);
        let Some(last) = events.last() else { continue };
        recorder.acknowledging(subscriber, last);
        match subscription.ack(last).await {
            // What was delivered under a lost lease is not acknowledged under the next one.
            Ok(()) | Err(AckError::Unexpected { .. } | AckError::Ended) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(None)
}

/// Ready when the parent of this process closes its standard input, or is gone.
fn when_orphaned() -> oneshot::Receiver<()> {
    let (sender, receiver) = oneshot::channel();
    thread::spawn(move || {
        let _ = stdin().read_to_end(&mut Vec::new());
        let _ = sender.send(());
    });
    receiver
}
