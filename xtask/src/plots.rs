use std::path::Path;

use crate::program::Program;

/// Builds the program that draws plots, and runs it.
pub(crate) fn run(lines: &Path, directory: &Path) -> anyhow::Result<()> {
    Program::cargo()
        .args([
            "run",
            "--quiet",
            "--package",
            "eventstore-benches",
            "--bin",
            "eventstore-plots",
            "--",
        ])
        .args([lines, directory])
        .run()
}
