use std::env;
use std::ffi::{OsStr, OsString};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use crate::workspace;

/// A program that is run in the root of the workspace.
///
/// It is not told what cargo has told this program about its own package: build scripts of dependencies watch these
/// variables, and all that stands on them would be built anew whenever they differ.
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
    fn a_failure_names_the_whole_command() {
        let error = Program::new("false").args(["--really"]).run().unwrap_err();
        assert!(error.to_string().starts_with("`false --really` failed"), "{error}");
    }

    #[test]
    fn a_missing_program_is_an_error() {
        let error = Program::new("no-such-program-here").run().unwrap_err();
        assert_eq!(error.to_string(), "cannot start `no-such-program-here`");
        assert!(!Program::new("no-such-program-here").succeeds_quietly());
    }
}
