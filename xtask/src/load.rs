use std::ffi::OsString;

use crate::program::Program;

/// Builds the load generator with optimisation, and runs it.
pub(crate) fn run(arguments: &[OsString]) -> anyhow::Result<()> {
    Program::cargo()
        .args([
            "run",
            "--quiet",
            "--release",
            "--package",
            "eventstore-benches",
            "--bin",
            "eventstore-load",
            "--",
        ])
        .args(arguments)
        .run()
}
