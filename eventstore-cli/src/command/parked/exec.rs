use std::io;
use std::process::{ExitStatus, Stdio};

use clap::Args;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// A command of the shell that deals with an event.
#[derive(Args)]
pub(in crate::command) struct Exec {
    /// The command, run by `sh -c`; it gets the event as a line of JSON on its standard input
    #[arg(long, value_name = "COMMAND")]
    exec: String,
}

impl Exec {
    pub(in crate::command) fn new(command: String) -> Self {
        Self { exec: command }
    }

    /// Runs it with this on its standard input, and waits until it ends. The command is killed if the future is dropped.
    pub(in crate::command) async fn run(&self, input: Vec<u8>) -> io::Result<ExitStatus> {
        let mut command = Command::new("sh");
        let mut child = command
            .args(["-c", &self.exec])
            .stdin(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            match stdin.write_all(&input).await {
                // A command that does not read its input may still deal with the event: its status tells.
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(error),
                _ => {}
            }
        }
        child.wait().await
    }
}
