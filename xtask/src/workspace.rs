use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

/// The crates that users depend on.
pub(crate) const PUBLISHED: [&str; 9] = [
    "eventstore-core",
    "eventstore-backend",
    "eventstore-postgres",
    "eventstore-sqlite",
    "eventstore-subscriptions",
    "eventstore-serde",
    "eventstore-testkit",
    "eventstore-web",
    "eventstore-cli",
];

/// The directory of the workspace, as it was when this program was built.
pub(crate) fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package).to_owned()
}

/// Where cargo puts what it builds.
pub(crate) fn target_directory() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The directories of the crates.
pub(crate) fn members() -> anyhow::Result<Vec<PathBuf>> {
    packages(&root())
}

/// The directories of the examples that are crates of their own.
pub(crate) fn examples() -> anyhow::Result<Vec<PathBuf>> {
    packages(&root().join("examples"))
}

/// The files under a directory with an extension, in order; none if there is no such directory.
pub(crate) fn files(directory: &Path, extension: &str) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    if !directory.is_dir() {
        return Ok(found);
    }
    for path in entries(directory)? {
        if path.is_dir() {
            found.extend(files(&path, extension)?);
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
    Ok(found)
}

fn packages(directory: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut packages = entries(directory)?;
    packages.retain(|path| path.join("Cargo.toml").is_file());
    Ok(packages)
}

/// What is in a directory, in order.
pub(crate) fn entries(directory: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let cannot_list = || format!("cannot list {}", directory.display());
    let entries = fs::read_dir(directory).with_context(cannot_list)?;
    let mut paths: Vec<_> = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()
        .with_context(cannot_list)?;
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_files_in_nested_directories() {
        let root = tempfile::tempdir().unwrap();
        let nested = root.path().join("compact");
        fs::create_dir(&nested).unwrap();
        fs::write(nested.join("a.sql"), "").unwrap();
        fs::write(nested.join("a.rs"), "").unwrap();
        assert_eq!(files(root.path(), "sql").unwrap(), [nested.join("a.sql")]);
    }

    #[test]
    fn crates_are_the_directories_with_a_manifest() {
        let members = members().unwrap();
        assert!(members.contains(&root().join("xtask")));
        assert!(!members.contains(&root().join("docs")));
    }
}
