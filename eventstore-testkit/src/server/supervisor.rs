use std::env;
use std::ffi::OsStr;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::account::Account;

/// The process that runs a server for as long as this value lives, and cleans up after it.
#[derive(Debug)]
pub(super) struct Supervisor {
    process: Child,
    ended: PathBuf,
}

impl Supervisor {
    /// Runs a script for `/bin/sh`, with the directory as its first word.
    pub(super) fn start(
        script: &str,
        directory: &Path,
        account: Option<Account>,
        words: impl IntoIterator<Item = impl AsRef<OsStr>>,
    ) -> io::Result<Self> {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script, "eventstore-test-server"]);
        command.arg(directory).args(words);
        isolate(&mut command, directory);
        if let Some(account) = account {
            command.uid(account.uid).gid(account.gid);
        }
        let process = command.spawn()?;
        Ok(Self {
            process,
            ended: directory.join("ended"),
        })
    }

    /// Whether the server, or the creation of its cluster, has ended.
    pub(super) fn has_ended(&self) -> bool {
        self.ended.exists()
    }
}

impl Drop for Supervisor {
    /// Closes the pipe, which is the supervisor's order to stop, and waits until it has.
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        // Nothing is left to do about a failure: the supervisor needs no more from this process.
        let _ = self.process.wait();
    }
}

/// Keeps the caller's terminal, directory and PostgreSQL settings away from the server.
fn isolate(command: &mut Command, directory: &Path) {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.process_group(0).current_dir(directory).env("LC_ALL", "C");
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("PG") {
            command.env_remove(name);
        }
    }
}
