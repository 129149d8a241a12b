use std::collections::HashMap;
use std::io::BufReader;
use std::path::PathBuf;
use std::process::{ChildStdout, Command, Stdio};

use anyhow::{Context, ensure};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use crate::change::Change;
use crate::parser::{Changes, FORMAT, read_record, split_counts};
use crate::path;
use crate::totals::Totals;

/// How many changes are read ahead of who takes them.
const READ_AHEAD: usize = 256;

/// What makes `git log` tell the changes of files along the first parents, one NUL after each.
const LOG: [&str; 6] = [
    "log",
    "-z",
    "--numstat",
    "--no-renames",
    "--first-parent",
    "--no-relative",
];

/// A repository of git, read as it was when it was opened.
#[derive(Debug, Clone)]
pub(crate) struct Repository {
    path: PathBuf,
    /// The newest commit; `None` if there is none yet.
    head: Option<String>,
}

impl Repository {
    pub(crate) fn open(path: PathBuf) -> anyhow::Result<Self> {
        let mut repository = Self { path, head: None };
        let found = repository.ask(&["rev-parse", "--git-dir"])?;
        ensure!(
            found.is_some(),
            "git finds no repository in {}",
            repository.path.display()
        );
        repository.head = repository.ask(&["rev-parse", "--verify", "--quiet", "HEAD"])?;
        Ok(repository)
    }

    /// How many commits the history has.
    pub(crate) fn count_commits(&self) -> anyhow::Result<u64> {
        let Some(head) = &self.head else { return Ok(0) };
        let count = self.ask(&["rev-list", "--count", "--first-parent", head, "--"])?;
        Ok(count.context("git cannot count the commits")?.parse()?)
    }

    /// The changes of the whole history in their order, the oldest first; the last item may be an error.
    pub(crate) fn changes(&self) -> mpsc::Receiver<anyhow::Result<Change>> {
        let (sender, receiver) = mpsc::channel(READ_AHEAD);
        let repository = self.clone();
        spawn_blocking(move || {
            if let Err(error) = repository.send_changes(&sender) {
                // Who no longer listens needs no error.
                let _ = sender.blocking_send(Err(error));
            }
        });
        receiver
    }

    fn send_changes(&self, sender: &mpsc::Sender<anyhow::Result<Change>>) -> anyhow::Result<()> {
        self.log(&["--reverse", "--no-show-signature", "--no-color", FORMAT], |output| {
            for change in Changes::new(output) {
                if sender.blocking_send(Ok(change?)).is_err() {
                    break;
                }
            }
            Ok(())
        })
    }

    /// What git itself counts for each path, by the path's text.
    pub(crate) fn totals(&self) -> anyhow::Result<HashMap<String, Totals>> {
        let mut totals: HashMap<String, Totals> = HashMap::new();
        self.log(&["--no-show-signature", "--no-color", "--format="], |mut output| {
            while let Some(record) = read_record(&mut output)? {
                if !record.is_empty() {
                    let (lines, path) = split_counts(&record)?;
                    totals.entry(path::encode(path)).or_default().count(lines);
                }
            }
            Ok(())
        })?;
        Ok(totals)
    }

    /// Runs `git log` and hands its output over; what is left unread ends it.
    fn log(
        &self,
        options: &[&str],
        read: impl FnOnce(BufReader<ChildStdout>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let Some(head) = &self.head else { return Ok(()) };
        let mut git = self.git();
        git.args(LOG).args(options).args([head, "--"]).stdout(Stdio::piped());
        let mut child = git.spawn().context("cannot run git")?;
        let outcome = child
            .stdout
            .take()
            .context("git has no output")
            .map(BufReader::new)
            .and_then(read);
        let status = child.wait().context("cannot wait for git")?;
        outcome?;
        ensure!(status.success(), "git log failed: {status}");
        Ok(())
    }

    /// What git answers in one line; `None` if it has no answer.
    fn ask(&self, arguments: &[&str]) -> anyhow::Result<Option<String>> {
        let output = self
            .git()
            .args(arguments)
            .stderr(Stdio::inherit())
            .output()
            .context("cannot run git")?;
        let answer = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        Ok(output.status.success().then_some(answer))
    }

    fn git(&self) -> Command {
        let mut git = Command::new("git");
        git.arg("-C").arg(&self.path).stdin(Stdio::null());
        git
    }
}
