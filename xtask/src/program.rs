use std::env;
use std::ffi::{OsStr, OsString};
use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use crate::workspace;

/// How often a program that runs at length is said to be running.
const PERIOD: Duration = Duration::from_secs(30);

/// A program that is run in the root of the workspace.
///
/// It is not told what cargo has told this program about its own package: build scripts of dependencies watch these
/// variables, and all that depends on them would be built again whenever they differ.
#[derive(Debug)]
pub(crate) struct Program {
    command: Command,
}

impl Program {
    pub(crate) fn new(name: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(name);
        command.current_dir(workspace::root());
        for (name, _) in env::vars_os().filter(|(name, _)| is_about_package(name)) {
            command.env_remove(name);
        }
        Self { command }
    }

    /// The cargo that runs this program.
    pub(crate) fn cargo() -> Self {
        Self::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
    }

    #[must_use]
    pub(crate) fn args(mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.command.args(arguments);
        self
    }

    #[must_use]
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    #[must_use]
    pub(crate) fn without_env(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    pub(crate) fn name(&self) -> OsString {
        self.command.get_program().to_owned()
    }

    /// Runs the program with this process's output; an error if it fails.
    pub(crate) fn run(mut self) -> anyhow::Result<()> {
        let status = self
            .command
            .status()
            .with_context(|| format!("cannot start {}", self.line()))?;
        if !status.success() {
            bail!("{} failed: {status}", self.line());
        }
        Ok(())
    }

    /// As [`run`](Self::run), and says every now and then that it is still running: it may write nothing for minutes.
    pub(crate) fn run_at_length(self) -> anyhow::Result<()> {
        let line = self.line();
        while_telling(&line, PERIOD, |text| println!("{text}"), || self.run())
    }

    /// Runs the program and returns what it writes to its standard output; an error if it fails.
    pub(crate) fn read(mut self) -> anyhow::Result<String> {
        let output = self
            .command
            .stderr(Stdio::inherit())
            .output()
            .with_context(|| format!("cannot start {}", self.line()))?;
        if !output.status.success() {
            bail!("{} failed: {}", self.line(), output.status);
        }
        String::from_utf8(output.stdout).with_context(|| format!("{} did not write UTF-8", self.line()))
    }

    /// Runs the program without this process's output; an error says what it wrote to its standard error.
    pub(crate) fn run_quietly(mut self) -> anyhow::Result<()> {
        let output = self
            .command
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("cannot start {}", self.line()))?;
        if !output.status.success() {
            bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(())
    }

    /// Whether the program can be run at all.
    pub(crate) fn succeeds_quietly(mut self) -> bool {
        let status = self.command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    }

    fn line(&self) -> String {
        let name = self.command.get_program();
        let words = std::iter::once(name).chain(self.command.get_args());
        let words: Vec<_> = words.map(OsStr::to_string_lossy).collect();
        format!("`{}`", words.join(" "))
    }
}

/// Does something, and tells after each period for how long it has been at it.
fn while_telling<T>(name: &str, period: Duration, tell: impl Fn(String) + Send, work: impl FnOnce() -> T) -> T {
    let (done, is_done) = channel::<()>();
    let begun = Instant::now();
    thread::scope(|scope| {
        scope.spawn(move || {
            while is_done.recv_timeout(period) == Err(RecvTimeoutError::Timeout) {
                tell(format!(
                    "== still running after {:.0} s: {name}",
                    begun.elapsed().as_secs_f64()
                ));
            }
        });
        let outcome = work();
        drop(done);
        outcome
    })
}

fn is_about_package(variable: &OsStr) -> bool {
    let about_package = [
        "CARGO_PKG_",
        "CARGO_MANIFEST_",
        "CARGO_BIN_",
        "CARGO_CRATE_NAME",
        "CARGO_PRIMARY_PACKAGE",
    ];
    let name = variable.to_string_lossy();
    about_package.iter().any(|beginning| name.starts_with(beginning))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_told_nothing_about_this_package() {
        assert_eq!(env::var("CARGO_PKG_NAME").unwrap(), "xtask");
        let environment = Program::new("env").read().unwrap();
        assert!(!environment.contains("CARGO_PKG_NAME") && !environment.contains("CARGO_MANIFEST_DIR"));
        assert!(environment.contains("PATH="));
    }

    #[test]
    fn what_takes_long_is_said_to_be_running() {
        let (tell, told) = channel();
        let tell = move |text| tell.send(text).unwrap();
        // The work lasts until it was told of twice.
        let texts = while_telling("`work`", Duration::from_millis(1), tell, || [told.recv(), told.recv()]);
        for text in texts {
            assert!(text.unwrap().ends_with(" s: `work`"));
        }
    }

    #[test]
    fn a_failure_names_the_whole_command() {
        let error = Program::new("false").args(["--really"]).run().unwrap_err();
        assert!(error.to_string().starts_with("`false --really` failed"), "{error}");
    }

    #[test]
    fn a_quiet_failure_tells_what_the_program_said() {
        let error = Program::new("sh").args(["-c", "echo why >&2; false"]).run_quietly();
        assert_eq!(error.unwrap_err().to_string(), "why");
    }

    #[test]
    fn a_missing_program_is_an_error() {
        let error = Program::new("no-such-program-here").run().unwrap_err();
        assert_eq!(error.to_string(), "cannot start `no-such-program-here`");
        assert!(!Program::new("no-such-program-here").succeeds_quietly());
    }
}
