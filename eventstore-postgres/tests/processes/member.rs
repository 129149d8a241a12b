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
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

/// A process that subscribes and acknowledges whatever it gets, until its standard input ends.
pub(crate) struct Member {
    /// Its name, and how its sessions are called.
    pub(crate) name: String,
    pub(crate) subscription: String,
    pub(crate) url: String,
    /// The file of the history.
    pub(crate) history: PathBuf,
}

const NAME: &str = "EVENTSTORE_MEMBER_NAME";
const SUBSCRIPTION: &str = "EVENTSTORE_MEMBER_SUBSCRIPTION";
const URL: &str = "EVENTSTORE_MEMBER_URL";
const HISTORY: &str = "EVENTSTORE_MEMBER_HISTORY";

impl Member {
    /// What this process is to be; `None` if it is the one that tests.
    pub(crate) fn of_environment() -> Option<Self> {
        Some(Self {
            name: env::var(NAME).ok()?,
            subscription: env::var(SUBSCRIPTION).ok()?,
            url: env::var(URL).ok()?,
            history: env::var(HISTORY).ok()?.into(),
        })
    }

    /// Starts the process.
    pub(crate) fn spawn(&self) -> Child {
        Command::new(env::current_exe().unwrap())
            .env(NAME, &self.name)
            .env(SUBSCRIPTION, &self.subscription)
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

    /// Subscribes anew whenever the subscription has been deleted.
    async fn serve(&self) -> anyhow::Result<()> {
        let recorder = Recorder::to_file(&self.history)?;
        let mut orphaned = when_orphaned();
        let url = format!("{}?application_name={}", self.url, self.name);
        let store = PostgresStore::connect(PostgresConfig::from_url(&url)?).await?;
        let subscriptions = Subscriptions::new(Arc::new(store));
        for life in 1.. {
            let subscriber = format!("{}.{life}", self.name);
            recorder.subscribed(&subscriber, &self.subscription);
            let mut subscription = subscriptions.subscribe(self.request()?)?;
            tokio::select! {
                ended = serve(&recorder, &subscriber, &mut subscription) => match ended? {
                    Some(SubscriptionEnded::SubscriptionDeleted) => {}
                    ended => bail!("the subscription ended: {ended:?}"),
                },
                _ = &mut orphaned => {
                    subscription.stop().await;
                    break;
                }
            }
        }
        Ok(())
    }

    fn request(&self) -> anyhow::Result<Subscribe> {
        let settings = SubscriptionSettings {
            buffer_size: 10.try_into()?,
            ..SubscriptionSettings::default()
        };
        let name = SubscriptionName::new(self.subscription.as_str())?;
        Ok(Subscribe::new(name, StreamSelector::All).settings(settings))
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

/// Ready when whoever started this process closes its standard input, or is gone.
fn when_orphaned() -> oneshot::Receiver<()> {
    let (sender, receiver) = oneshot::channel();
    thread::spawn(move || {
        let _ = stdin().read_to_end(&mut Vec::new());
        let _ = sender.send(());
    });
    receiver
}
