use std::io::{Read, stdin};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::Duration;
use std::{env, process, thread};

use eventstore_core::BoxError;
use eventstore_subscriptions::{Delivery, GiveUp, Group, RetryPolicy, RunError, Subscribe, Subscriptions};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::yield_now;

use super::{count, group_key, settings};
use crate::conformance::Backend;
use crate::history::{RecordedGroup, Recorder};

const PART: &str = "EVENTSTORE_GROUP_PART";
const NAME: &str = "EVENTSTORE_GROUP_NAME";
const PLACE: &str = "EVENTSTORE_GROUP_PLACE";
const PARTITIONS: &str = "EVENTSTORE_GROUP_PARTITIONS";
const HISTORY: &str = "EVENTSTORE_GROUP_HISTORY";

/// The type of an event that no process survives.
pub(super) const DEADLY: &str = "Deadly";

/// How often an event is handled at most that may be deadly.
pub(super) const ATTEMPTS: NonZeroU32 = NonZeroU32::new(2).unwrap();

/// A process that is a member of a group, until its standard input ends.
pub struct GroupChild {
    pub(super) part: Part,
    pub(super) name: String,
    pub(super) place: String,
    pub(super) partitions: u32,
    /// The file of the history.
    pub(super) history: PathBuf,
}

/// What it does with the events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Records them.
    Record,
    /// Prints the number of each one that it begins to handle, and is aborted by a deadly one.
    Print,
}

impl GroupChild {
    /// What this process is to be; `None` if it is another one.
    #[must_use]
    pub fn of_environment() -> Option<Self> {
        let part = match env::var(PART).ok()?.as_str() {
            "record" => Part::Record,
            _ => Part::Print,
        };
        Some(Self {
            part,
            name: env::var(NAME).ok()?,
            place: env::var(PLACE).ok()?,
            partitions: env::var(PARTITIONS).ok()?.parse().ok()?,
            history: env::var_os(HISTORY)?.into(),
        })
    }

    pub(super) fn spawn(&self) -> Child {
        let (part, output) = match self.part {
            Part::Record => ("record", Stdio::inherit()),
            Part::Print => ("print", Stdio::piped()),
        };
        Command::new(env::current_exe().unwrap())
            .env(PART, part)
            .env(NAME, &self.name)
            .env(PLACE, &self.place)
            .env(PARTITIONS, self.partitions.to_string())
            .env(HISTORY, &self.history)
            .stdin(Stdio::piped())
            .stdout(output)
            .spawn()
            .unwrap()
    }

    /// What the process does, once it is connected to the storage at this place.
    pub fn run<B: Backend + 'static>(&self, connect: impl AsyncFnOnce(&str) -> Result<B, BoxError>) -> ExitCode {
        let served = Runtime::new().map(|runtime| {
            runtime.block_on(async {
                let store: Arc<dyn Backend> = Arc::new(connect(&self.place).await?);
                self.serve(store).await
            })
        });
        match served {
            Ok(Ok(())) => ExitCode::SUCCESS,
            failure => {
                eprintln!("{}: {failure:?}", self.name);
                ExitCode::FAILURE
            }
        }
    }

    async fn serve(&self, store: Arc<dyn Backend>) -> Result<(), BoxError> {
        match self.part {
            Part::Record => self.record(store).await,
            Part::Print => Ok(self.print(store).await?),
        }
    }

    async fn record(&self, store: Arc<dyn Backend>) -> Result<(), BoxError> {
        let recorder = Recorder::to_file(&self.history)?;
        let (key, partitions) = (group_key(), count(self.partitions));
        let way = RecordedGroup::new(Arc::clone(&store), recorder, &self.name, key, partitions);
        let way = Arc::new(way);
        let subscriptions = Subscriptions::new(store)
            .with_groups(Arc::clone(&way))
            .with_holder_name(self.name.as_str());
        let handler = async |event: Delivery| {
            way.handle(&event, &(&event.stream).into(), yield_now()).await;
            Ok::<_, BoxError>(())
        };
        let ended = subscriptions.run_group_until(request(), self.group()?, orphaned(), handler);
        Ok(ended.await?)
    }

    async fn print(&self, store: Arc<dyn Backend>) -> Result<(), RunError> {
        let subscriptions = Subscriptions::new(Arc::clone(&store))
            .with_groups(Arc::clone(&store))
            .with_parking(store)
            .with_holder_name(self.name.as_str());
        let moment = Duration::from_millis(1);
        let policy = RetryPolicy::new(ATTEMPTS, GiveUp::Park).with_delay(moment, moment);
        let handler = async |event: Delivery| {
            println!("{}", event.number);
            if event.event_type.as_str() == DEADLY {
                process::abort();
            }
            Ok::<_, BoxError>(())
        };
        let request = request().with_retry_policy(policy);
        subscriptions
            .run_group_until(request, self.group().unwrap(), orphaned(), handler)
            .await
    }

    fn group(&self) -> Result<Group, eventstore_core::Error> {
        Group::new(self.partitions)
    }
}

fn request() -> Subscribe {
    Subscribe::new(group_key().name, group_key().selector).with_settings(settings())
}

/// Ready when the parent of this process closes its standard input, or is gone.
async fn orphaned() {
    let (sender, receiver) = oneshot::channel::<()>();
    thread::spawn(move || {
        let _ = stdin().read_to_end(&mut Vec::new());
        drop(sender);
    });
    let _ = receiver.await;
}
