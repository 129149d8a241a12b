use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use super::ServerError;

const OVERRIDE: &str = "EVENTSTORE_TEST_PG_BIN";
const DEBIAN: &str = "/usr/lib/postgresql";

/// The directory that holds `initdb` and `postgres`.
#[derive(Debug)]
pub(super) struct Binaries {
    directory: PathBuf,
}

impl Binaries {
    /// Looks in `EVENTSTORE_TEST_PG_BIN` and nowhere else if it is set, else in `PATH`, else where Debian puts servers.
    pub(super) fn find() -> Result<Self, ServerError> {
        let candidates = match env::var_os(OVERRIDE) {
            Some(directory) => vec![PathBuf::from(directory)],
            None => on_path().into_iter().chain(newest_first(Path::new(DEBIAN))).collect(),
        };
        Self::first_complete(candidates).ok_or(ServerError::NoBinaries)
    }

    /// Takes this directory and searches no other one.
    pub(super) fn within(directory: PathBuf) -> Result<Self, ServerError> {
        Self::first_complete(vec![directory]).ok_or(ServerError::NoBinaries)
    }

    pub(super) fn initdb(&self) -> PathBuf {
        self.directory.join("initdb")
    }

    /// The program that copies a server, which is beside the server itself: what `PATH` leads to may be a link to that.
    pub(super) fn pg_basebackup(&self) -> Result<PathBuf, ServerError> {
        let server = fs::canonicalize(self.postgres()).map_err(ServerError::io("find the server's program"))?;
        let program = server.with_file_name("pg_basebackup");
        program.is_file().then_some(program).ok_or(ServerError::NoBinaries)
    }

    pub(super) fn postgres(&self) -> PathBuf {
        self.directory.join("postgres")
    }

    fn first_complete(candidates: Vec<PathBuf>) -> Option<Self> {
        candidates
            .into_iter()
            .map(|directory| Self { directory })
            .find(|binaries| binaries.initdb().is_file() && binaries.postgres().is_file())
    }
}

fn on_path() -> Vec<PathBuf> {
    env::var_os("PATH").map_or_else(Vec::new, |path| env::split_paths(&path).collect())
}

fn newest_first(root: &Path) -> Vec<PathBuf> {
    let mut versions: Vec<u32> = fs::read_dir(root)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    versions.sort_unstable_by(|left, right| right.cmp(left));
    versions
        .iter()
        .map(|version| root.join(version.to_string()).join("bin"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_highest_version_by_number() {
        let root = tempfile::tempdir().unwrap();
        for version in ["9", "15", "16", "common"] {
            fs::create_dir(root.path().join(version)).unwrap();
        }
        let found = newest_first(root.path());
        let expected: Vec<_> = ["16", "15", "9"]
            .iter()
            .map(|version| root.path().join(version).join("bin"))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn skips_a_directory_without_a_server() {
        let client_only = tempfile::tempdir().unwrap();
        let complete = tempfile::tempdir().unwrap();
        fs::write(client_only.path().join("initdb"), "").unwrap();
        for name in ["initdb", "postgres"] {
            fs::write(complete.path().join(name), "").unwrap();
        }
        let candidates = vec![client_only.path().to_owned(), complete.path().to_owned()];
        let found = Binaries::first_complete(candidates).unwrap();
        assert_eq!(found.directory, complete.path());
    }
}
