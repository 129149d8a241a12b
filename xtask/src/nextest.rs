use anyhow::ensure;

use crate::program::Program;

/// Whether cargo can run tests by nextest.
pub(crate) fn is_installed() -> bool {
    Program::cargo().args(["nextest", "--version"]).succeeds_quietly()
}

/// Refuses to go on without it: only it knows the profiles.
pub(crate) fn require() -> anyhow::Result<()> {
    ensure!(
        is_installed(),
        "cargo-nextest is missing: run .ci/run, or cargo install --locked cargo-nextest"
    );
    Ok(())
}
