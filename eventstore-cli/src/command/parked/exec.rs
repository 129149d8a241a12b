use std::io::{self, Write};
use std::process::{Command, ExitStatus, Stdio};

use clap::Args;

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

    /// Runs it with this on its standard input, and waits until it ends.
    pub(in crate::command) async fn run(&self, input: Vec<u8>) -> io::Result<ExitStatus> {
        let command = self.exec.clone();
        let running = tokio::task::spawn_blocking(move || run(&command, &input));
        running.await.map_err(io::Error::from)?
    }
}

fn run(command: &str, input: &[u8]) -> io::Result<ExitStatus> {
    let mut child = Command::new("sh").args(["-c", command]).stdin(Stdio::piped()).spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        match stdin.write_all(input) {
            // A command that does not read its input may still deal with the event: its status tells.
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(error),
            _ => {}
        }
    }
    child.wait()
}
