use std::env;
use std::fs;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use crate::postgres_release;

use super::package_manager;

/// Allows only one of the servers that could be started: `docker` or `local`.
const ONLY: &str = "EVENTSTORE_TEST_SERVER";

const DEBIAN: &str = "/usr/lib/postgresql";

/// Something on a machine that may lead to a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asset {
    /// The URL of a server in the environment.
    Url,
    /// An engine that could run containers, with the program that removes them.
    Docker,
    /// The programs of a server.
    Programs,
    /// An npm that has packages with a server for this kind of machine.
    Npm,
    /// The package manager of Debian or Ubuntu.
    Apt,
    /// The right to install packages.
    Root,
    /// A program by which its user gets that right for one command.
    Sudo,
}

/// What this machine has. It is found out without building or starting anything.
#[derive(Debug)]
pub(super) struct Machine {
    assets: Vec<Asset>,
}

impl Machine {
    pub(super) fn look() -> Self {
        let only = env::var(ONLY).unwrap_or_default();
        let looks: [(Asset, fn() -> bool); 7] = [
            (Asset::Url, || is_set("EVENTSTORE_TEST_URL")),
            (Asset::Docker, has_docker),
            (Asset::Programs, has_programs),
            (Asset::Npm, postgres_release::can_be_fetched),
            (Asset::Apt, package_manager::is_there),
            (Asset::Root, crate::account::is_root),
            (Asset::Sudo, || has("sudo")),
        ];
        let found = looks
            .into_iter()
            .filter(|(asset, is_there)| is_allowed(*asset, &only) && is_there());
        Self {
            assets: found.map(|(asset, _)| asset).collect(),
        }
    }

    #[cfg(test)]
    pub(super) fn with(assets: &[Asset]) -> Self {
        Self {
            assets: assets.to_vec(),
        }
    }

    pub(super) fn has(&self, asset: Asset) -> bool {
        self.assets.contains(&asset)
    }

    /// The one command that runs the tests on a server, on a machine that leads to none.
    pub(super) fn remedy(&self) -> &'static str {
        const INSTALLED: &str = "cargo xtask test --install";
        const BY_SUDO: &str = "sudo sh -c 'apt-get update && apt-get install --yes postgresql' && cargo xtask test";
        const BY_SU: &str = "su -c 'apt-get update && apt-get install --yes postgresql' && cargo xtask test";
        const NAMED: &str = "EVENTSTORE_TEST_URL=postgres://USER:PASSWORD@HOST/DATABASE cargo xtask test";
        match (self.has(Asset::Apt), self.has(Asset::Root), self.has(Asset::Sudo)) {
            (true, true, _) => INSTALLED,
            (true, false, true) => BY_SUDO,
            (true, false, false) => BY_SU,
            (false, ..) => NAMED,
        }
    }
}

/// Whether the variable that allows only one server leaves this one.
fn is_allowed(asset: Asset, only: &str) -> bool {
    match only {
        "docker" => ![Asset::Programs, Asset::Npm, Asset::Apt].contains(&asset),
        "local" => asset != Asset::Docker,
        _ => true,
    }
}

fn is_set(variable: &str) -> bool {
    env::var_os(variable).is_some_and(|value| !value.is_empty())
}

fn has(program: &str) -> bool {
    search_path().any(|directory| directory.join(program).is_file())
}

/// Whether an engine answers, and has images, is found out by starting one: it takes longer.
fn has_docker() -> bool {
    let sockets = [
        Some(PathBuf::from("/var/run")),
        below("XDG_RUNTIME_DIR", ".docker/run"),
        below("HOME", ".docker/run"),
        below("HOME", ".docker/desktop"),
    ];
    let is_elsewhere =
        is_set("DOCKER_HOST") || below("HOME", ".testcontainers.properties").is_some_and(|file| file.is_file());
    let listens = |directory: PathBuf| UnixStream::connect(directory.join("docker.sock")).is_ok();
    has("docker") && (is_elsewhere || sockets.into_iter().flatten().any(listens))
}

fn below(variable: &str, path: &str) -> Option<PathBuf> {
    env::var_os(variable).map(|directory| Path::new(&directory).join(path))
}

/// Looks where the test kit looks.
fn has_programs() -> bool {
    let is_complete = |directory: PathBuf| {
        ["initdb", "postgres"]
            .iter()
            .all(|program| directory.join(program).is_file())
    };
    match env::var_os("EVENTSTORE_TEST_PG_BIN") {
        Some(directory) => is_complete(directory.into()),
        None => search_path().chain(debian()).any(is_complete),
    }
}

fn debian() -> impl Iterator<Item = PathBuf> {
    let releases = fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    releases.map(|release| release.path().join("bin"))
}

fn search_path() -> impl Iterator<Item = PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).collect::<Vec<_>>().into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remedy_is_one_that_this_machine_and_user_have() {
        let remedy = |assets| Machine::with(assets).remedy();
        assert_eq!(
            remedy(&[Asset::Apt, Asset::Root, Asset::Sudo]),
            "cargo xtask test --install"
        );
        assert!(remedy(&[Asset::Apt, Asset::Sudo]).starts_with("sudo "));
        assert!(remedy(&[Asset::Apt]).starts_with("su "));
        assert!(remedy(&[Asset::Root]).starts_with("EVENTSTORE_TEST_URL="));
    }

    #[test]
    fn one_server_can_be_insisted_on() {
        let left = |only| {
            let mut assets = vec![Asset::Url, Asset::Docker, Asset::Programs, Asset::Npm, Asset::Apt];
            assets.retain(|asset| is_allowed(*asset, only));
            assets
        };
        assert_eq!(left("docker"), [Asset::Url, Asset::Docker]);
        assert_eq!(left("local"), [Asset::Url, Asset::Programs, Asset::Npm, Asset::Apt]);
        assert_eq!(left("").len(), 5);
    }

    #[test]
    fn a_program_is_looked_up_in_the_search_path() {
        assert!(has("cargo") && has("sh"));
        assert!(!has("no-such-program-here"));
    }
}
