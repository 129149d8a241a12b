//! What the workspace's structure promises, and a build alone would not notice.

mod circles;
mod decisions;
mod dependencies;
mod modules;
mod rooms;
mod rule;
mod sql_files;

use anyhow::bail;

/// Prints every broken promise; an error if there is one.
pub(crate) fn run() -> anyhow::Result<()> {
    let findings = [
        dependencies::findings()?,
        sql_files::findings()?,
        rooms::findings()?,
        circles::findings()?,
        decisions::findings()?,
    ]
    .concat();
    for finding in &findings {
        eprintln!("{finding}");
    }
    if !findings.is_empty() {
        bail!("{} findings", findings.len());
    }
    Ok(())
}
