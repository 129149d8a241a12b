use anyhow::bail;

use crate::program::Program;
use crate::workspace;

/// Lets cargo-semver-checks tell which changes since a revision of git break users of the published crates.
pub(crate) fn run(revision: &str) -> anyhow::Result<()> {
    if !Program::cargo().args(["semver-checks", "--version"]).succeeds_quietly() {
        bail!("cargo-semver-checks is missing: run cargo install --locked cargo-semver-checks");
    }
    Program::cargo().args(arguments(revision)).run()
}

fn arguments(revision: &str) -> Vec<&str> {
    let packages = workspace::PUBLISHED.iter().flat_map(|package| ["--package", package]);
    ["semver-checks", "check-release", "--baseline-rev", revision]
        .into_iter()
        .chain(packages)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_published_crate_is_compared_with_the_revision() {
        let line = arguments("v0.1.0").join(" ");
        assert!(line.starts_with("semver-checks check-release --baseline-rev v0.1.0 --package "));
        assert_eq!(
            line.matches("--package eventstore-").count(),
            workspace::PUBLISHED.len()
        );
    }
}
