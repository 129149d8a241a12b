//! The rules of accessibility that the pages are tested by: axe-core, from npm.

use std::fs;

use anyhow::Context;

use crate::program::Program;
use crate::workspace;

/// The version, and the digest of what npm has to deliver.
const FILES: [(&str, &str); 2] = [
    ("package.json", include_str!("package.json")),
    ("package-lock.json", include_str!("package-lock.json")),
];

/// Fetches axe-core into the target directory, where the tests look for it, unless this version is there.
pub(crate) fn fetch() -> anyhow::Result<()> {
    let folder = workspace::target_directory().join("axe-core");
    let is_there = FILES
        .iter()
        .all(|(name, content)| fs::read_to_string(folder.join(name)).is_ok_and(|found| found == *content));
    if is_there && folder.join("node_modules/axe-core/axe.min.js").is_file() {
        return Ok(());
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    for (name, content) in FILES {
        fs::write(folder.join(name), content).with_context(|| format!("cannot write {name}"))?;
    }
    let fetched = Program::new("npm")
        .args([
            "ci",
            "--silent",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "--fetch-retries=1",
        ])
        .args(["--prefix".as_ref(), folder.as_os_str()])
        .run();
    fetched.context("axe-core comes from npm: install npm")
}
