use std::env;
use std::io::{BufRead, BufReader, Write, stdin, stdout};
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, Stdio};

use anyhow::{Context, ensure};
use eventstore_core::backend::{
    BegunProjection, CheckpointOutcome, LeaseToken, ProjectionStep, ProjectionStore, SubscriptionLocks,
    SubscriptionStore,
};
use eventstore_core::{EventNumber, SubscriptionKey};
use eventstore_sqlite::{SqliteConfig, SqliteStore, SqliteTransaction};
use tokio::runtime::Runtime;

const WORK: &str = "EVENTSTORE_STRAGGLER_WORK";
const PATH: &str = "EVENTSTORE_STRAGGLER_PATH";

/// A process that holds a subscription, says when it is to be stopped, and goes on when it is told to. It ends well if that
/// had the outcome that it must have.
pub(crate) struct Straggler {
    pub(crate) stop: Stop,
    pub(crate) path: PathBuf,
}

/// Where it is stopped.
#[derive(Clone, Copy)]
pub(crate) enum Stop {
    /// Before it stores a checkpoint, and begins a step, which are both refused then.
    OutsideStep,
    /// In a step, which it commits then.
    InsideStep,
}

impl Straggler {
    /// What this process is to be; `None` if it is another one.
    pub(crate) fn of_environment() -> Option<Self> {
        let stop = match env::var(WORK).ok()?.as_str() {
            "inside" => Stop::InsideStep,
            _ => Stop::OutsideStep,
        };
        let path = env::var_os(PATH)?.into();
        Some(Self { stop, path })
    }

    pub(crate) fn spawn(&self) -> Child {
        let stop = match self.stop {
            Stop::OutsideStep => "outside",
            Stop::InsideStep => "inside",
        };
        Command::new(env::current_exe().unwrap())
            .env(WORK, stop)
            .env(PATH, &self.path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
    }

    pub(crate) fn run(&self) -> ExitCode {
        match Runtime::new().map(|runtime| runtime.block_on(self.straggle())) {
            Ok(Ok(())) => ExitCode::SUCCESS,
            failure => {
                eprintln!("{failure:?}");
                ExitCode::FAILURE
            }
        }
    }

    async fn straggle(&self) -> anyhow::Result<()> {
        let store = SqliteStore::connect(SqliteConfig::new(&self.path)?).await?;
        let acquired = store.try_acquire(&key()?, EventNumber::ZERO).await?;
        let lease = acquired.context("no lease")?.lease;
        match self.stop {
            Stop::OutsideStep => {
                wait_to_go_on()?;
                be_refused(&store, lease.token()).await
            }
            Stop::InsideStep => {
                let step = begin(&store, lease.token()).await?.context("no step")?;
                wait_to_go_on()?;
                Ok(store.commit_step(step).await?)
            }
        }
    }
}

async fn be_refused(store: &SqliteStore, lease: LeaseToken) -> anyhow::Result<()> {
    let saved = store.save_checkpoint(lease, 5.into()).await?;
    ensure!(saved == CheckpointOutcome::Fenced, "{saved:?}");
    ensure!(begin(store, lease).await?.is_none(), "the step was begun");
    Ok(())
}

/// `None` if another process has the lease.
async fn begin(store: &SqliteStore, lease: LeaseToken) -> anyhow::Result<Option<SqliteTransaction>> {
    let step = ProjectionStep {
        lease,
        from: 0.into(),
        to: 5.into(),
    };
    match store.begin_step(step).await? {
        BegunProjection::Begun(transaction) => Ok(Some(transaction)),
        BegunProjection::Fenced => Ok(None),
        begun => anyhow::bail!("{begun:?}"),
    }
}

fn wait_to_go_on() -> anyhow::Result<()> {
    writeln!(stdout(), "stop")?;
    stdin().read_line(&mut String::new())?;
    Ok(())
}

/// The subscription that it holds.
pub(crate) fn key() -> anyhow::Result<SubscriptionKey> {
    Ok(SubscriptionKey::new("$all", "projection")?)
}

/// Waits until the process says that it is to be stopped.
pub(crate) fn until_ready(child: &mut Child) {
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert_eq!(line.trim(), "stop");
}
