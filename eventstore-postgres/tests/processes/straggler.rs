use std::env;
use std::io::{BufRead, BufReader, Write, stdin, stdout};
use std::process::{Child, Command, ExitCode, Stdio};

use eventstore_core::backend::{BegunProjection, ProjectionStep, ProjectionStore, SubscriptionLocks};
use eventstore_core::{
    Append, AppendSet, EventNumber, EventType, EventWriter, ExpectedVersion, NewEvent, StreamName, StreamSelector,
    SubscriptionKey, SubscriptionName,
};
use eventstore_postgres::{PostgresConfig, PostgresStore};
use tokio::runtime::Runtime;
use uuid::Uuid;

/// A process that is stopped inside a transaction, and ends well if that came to nothing.
pub(crate) struct Straggler {
    pub(crate) work: Work,
    pub(crate) url: String,
}

/// What it does.
#[derive(Clone, Copy)]
pub(crate) enum Work {
    /// Begins a step of a projection, says so, and commits it when it is told to.
    Step,
    /// Appends to two streams at once; the event of the second has the id of the obstacle.
    Set,
}

/// The id of an event that another session is about to insert.
pub(crate) const OBSTACLE: Uuid = Uuid::from_u128(7);

const WORK: &str = "EVENTSTORE_STRAGGLER_WORK";
const URL: &str = "EVENTSTORE_STRAGGLER_URL";

impl Straggler {
    /// What this process is to be; `None` if it is another one.
    pub(crate) fn of_environment() -> Option<Self> {
        let work = match env::var(WORK).ok()?.as_str() {
            "step" => Work::Step,
            _ => Work::Set,
        };
        let url = env::var(URL).ok()?;
        Some(Self { work, url })
    }

    pub(crate) fn spawn(&self) -> Child {
        let work = match self.work {
            Work::Step => "step",
            Work::Set => "set",
        };
        Command::new(env::current_exe().unwrap())
            .env(WORK, work)
            .env(URL, &self.url)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
    }

    pub(crate) fn run(&self) -> ExitCode {
        match Runtime::new().map(|runtime| runtime.block_on(self.straggle())) {
            Ok(Ok(false)) => ExitCode::SUCCESS,
            outcome => {
                eprintln!("committed: {outcome:?}");
                ExitCode::FAILURE
            }
        }
    }

    /// Whether it has committed something.
    async fn straggle(&self) -> anyhow::Result<bool> {
        let store = PostgresStore::connect(PostgresConfig::from_url(&self.url)?).await?;
        match self.work {
            Work::Step => make_step(&store).await,
            Work::Set => append_set(&store).await,
        }
    }
}

async fn make_step(store: &PostgresStore) -> anyhow::Result<bool> {
    let acquired = store.try_acquire(&key()?, EventNumber::ZERO).await?;
    let lease = acquired.ok_or_else(|| anyhow::anyhow!("no lease"))?.lease;
    let step = ProjectionStep {
        lease: lease.token(),
        from: 0.into(),
        to: 5.into(),
    };
    let BegunProjection::Begun(transaction) = store.begin_step(step).await? else {
        anyhow::bail!("no step");
    };
    writeln!(stdout(), "open")?;
    stdin().read_line(&mut String::new())?;
    Ok(store.commit_step(transaction).await.is_ok())
}

async fn append_set(store: &PostgresStore) -> anyhow::Result<bool> {
    let appends = [("a", Uuid::now_v7()), ("b", OBSTACLE)].map(|(stream, id)| {
        let event = NewEvent::new(id, EventType::new("Happened")?, "{}");
        Append::new(StreamName::new(stream)?, ExpectedVersion::Any, vec![event])
    });
    let set = AppendSet::new(appends.into_iter().collect::<Result<_, _>>()?)?;
    Ok(store.append_set(set).await.is_ok())
}

/// The subscription whose step it is.
pub(crate) fn key() -> anyhow::Result<SubscriptionKey> {
    Ok(SubscriptionKey {
        selector: StreamSelector::All,
        name: SubscriptionName::new("projection")?,
    })
}

/// Waits until the process says that its transaction is open.
pub(crate) fn until_open(child: &mut Child) {
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert_eq!(line.trim(), "open");
}
