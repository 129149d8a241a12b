use std::env;
use std::process::Stdio;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader, Lines, stdin};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::error::{LoadError, Result};
use crate::server::Schema;

/// What a process of its own does, whose memory and whose connections no one else uses. It ends with its standard input, if not
/// before.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Task {
    /// Replays all events once, and tells what that took.
    Replay { events: u64 },
    /// Subscribes to all events from now on, and tells the number of each.
    Echo,
    /// Has subscriptions to which nothing comes.
    Idle { subscriptions: u32 },
    /// Has a subscription whose consumer takes some events and never comes back.
    Stall,
}

/// Names the store to the process: its arguments could be seen by others.
pub(super) const URL: &str = "EVENTSTORE_LOAD_URL";
pub(super) const SCHEMA: &str = "EVENTSTORE_LOAD_SCHEMA";

/// A process at work.
pub(crate) struct Apart {
    child: Child,
    orders: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Apart {
    pub(super) fn start(schema: &Schema, task: &Task) -> Result<Self> {
        Self::start_on(schema.url(), schema.name(), task)
    }

    /// On a store in a file, which has no schema.
    pub(crate) fn start_on_file(url: &str, task: &Task) -> Result<Self> {
        Self::start_on(url, "", task)
    }

    fn start_on(url: &str, schema: &str, task: &Task) -> Result<Self> {
        let mut child = Command::new(env::current_exe()?)
            .args(["replay", "--apart", &serde_json::to_string(task)?])
            .env(URL, url)
            .env(SCHEMA, schema)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()?;
        let (Some(orders), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(LoadError::Child("it has no pipes".to_owned()));
        };
        Ok(Self {
            child,
            orders,
            lines: BufReader::new(output).lines(),
        })
    }

    /// The next that it tells.
    pub(super) async fn told<T: DeserializeOwned>(&mut self) -> Result<T> {
        match self.lines.next_line().await? {
            Some(line) => Ok(serde_json::from_str(&line)?),
            None => Err(LoadError::Child(self.child.wait().await?.to_string())),
        }
    }

    /// Lets it end; returns the last that it tells.
    pub(crate) async fn end<T: DeserializeOwned>(mut self) -> Result<T> {
        drop(self.orders);
        let mut last = None;
        while let Some(line) = self.lines.next_line().await? {
            last = Some(line);
        }
        let status = self.child.wait().await?;
        match last {
            Some(line) if status.success() => Ok(serde_json::from_str(&line)?),
            _ => Err(LoadError::Child(status.to_string())),
        }
    }
}

/// Tells what the other process waits for.
pub(super) fn tell(what: &impl Serialize) -> Result<()> {
    println!("{}", serde_json::to_string(what)?);
    Ok(())
}

/// Waits until the other process closes the pipe, or is gone.
pub(super) async fn ordered_to_end() -> Result<()> {
    stdin().read_to_end(&mut Vec::new()).await?;
    Ok(())
}
