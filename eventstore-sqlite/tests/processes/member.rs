use std::io::{Read, stdin};
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::{env, thread};

use anyhow::bail;
use async_trait::async_trait;
use eventstore_core::{StreamSelector, SubscriptionName, SubscriptionSettings};
use eventstore_sqlite::{SqliteConfig, SqliteStore, SqliteTransaction};
use eventstore_subscriptions::{
    AckError, Delivery, Projection, Projector, Subscribe, Subscription, SubscriptionEnded, Subscriptions,
};
use eventstore_testkit::history::Recorder;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

/// The name of the subscription that all share.
pub(crate) const SUBSCRIPTION: &str = "invoices";

const NAME: &str = "EVENTSTORE_MEMBER_NAME";
const WORK: &str = "EVENTSTORE_MEMBER_WORK";
const PATH: &str = "EVENTSTORE_MEMBER_PATH";
const HISTORY: &str = "EVENTSTORE_MEMBER_HISTORY";

/// How many events are delivered at once.
const BATCH: u32 = 10;

/// A process that wants to hold a subscription, until its standard input ends.
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) work: Work,
    pub(crate) path: PathBuf,
    /// The file of the history.
    pub(crate) history: PathBuf,
}

/// What it does with the events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    Acknowledge,
    /// Writes a row into the table `projected` for each event.
    Project,
}

impl Member {
    /// What this process is to be; `None` if it is another one.
    pub(crate) fn of_environment() -> Option<Self> {
        let work = match env::var(WORK).ok()?.as_str() {
            "project" => Work::Project,
            _ => Work::Acknowledge,
        };
        Some(Self {
            name: env::var(NAME).ok()?,
            work,
            path: env::var_os(PATH)?.into(),
            history: env::var_os(HISTORY)?.into(),
        })
    }

    pub(crate) fn spawn(&self) -> Child {
        let work = match self.work {
            Work::Acknowledge => "acknowledge",
            Work::Project => "project",
        };
        Command::new(env::current_exe().unwrap())
            .env(NAME, &self.name)
            .env(WORK, work)
            .env(PATH, &self.path)
            .env(HISTORY, &self.history)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap()
    }

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
        let store = SqliteStore::connect(SqliteConfig::new(&self.path)?).await?;
        let recorder = Recorder::to_file(&self.history)?;
        recorder.subscribed(&self.name, SUBSCRIPTION);
        let settings = SubscriptionSettings {
            buffer_size: BATCH.try_into()?,
            ..SubscriptionSettings::default()
        };
        let request = Subscribe::new(SubscriptionName::new(SUBSCRIPTION)?, StreamSelector::All);
        let subscriptions = Subscriptions::new(Arc::new(store.clone()));
        let subscription = subscriptions.subscribe(request.with_settings(settings))?;
        tokio::select! {
            ended = self.consume(store, subscription, recorder) => ended,
            orphaned = when_orphaned() => orphaned.map_err(Into::into),
        }
    }

    async fn consume(
        &self,
        store: SqliteStore,
        mut subscription: Subscription,
        recorder: Recorder,
    ) -> anyhow::Result<()> {
        match self.work {
            Work::Acknowledge => bail!(
                "ended: {:?}",
                acknowledge(&self.name, &recorder, &mut subscription).await?
            ),
            Work::Project => {
                let mut table = Table {
                    member: self.name.clone(),
                    recorder,
                };
                Projection::new(store, subscription)?.run(&mut table).await?;
                bail!("the projection ended");
            }
        }
    }
}

async fn acknowledge(
    member: &str,
    recorder: &Recorder,
    subscription: &mut Subscription,
) -> anyhow::Result<Option<SubscriptionEnded>> {
    while let Some(batch) = subscription.next().await {
        let events = match batch {
            Ok(events) => events,
            Err(ended) => return Ok(Some(ended)),
        };
        recorder.delivered(member, &events);
        let Some(last) = events.last() else { continue };
        recorder.acknowledging(member, last);
        match subscription.ack(last).await {
            // What was delivered under a lost lease is not acknowledged under the next one.
            Ok(()) | Err(AckError::Unexpected { .. } | AckError::Ended) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(None)
}

/// The table of what was projected, which would hold an event that is projected twice twice.
struct Table {
    member: String,
    recorder: Recorder,
}

#[async_trait]
impl Projector<SqliteTransaction> for Table {
    type Error = sqlx::Error;

    async fn project(&mut self, transaction: &mut SqliteTransaction, events: &[Delivery]) -> Result<(), sqlx::Error> {
        self.recorder.delivered(&self.member, events);
        for event in events {
            sqlx::query("INSERT INTO projected (position, member) VALUES (?, ?)")
                .bind(i64::try_from(event.number.get()).unwrap())
                .bind(&self.member)
                .execute(&mut **transaction)
                .await?;
        }
        Ok(())
    }
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
