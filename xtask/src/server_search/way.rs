use std::fmt;

use crate::postgres_release::PostgresRelease;
use crate::test_server::TestServer;

use super::machine::{Asset, Machine};
use super::package_manager;

/// A way to a server for tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Named,
    Docker,
    Installed,
    Npm,
    PackageManager,
}

impl Way {
    /// What leaves nothing behind on the machine comes before what does.
    pub(super) const ORDER: [Self; 5] = [
        Self::Named,
        Self::Docker,
        Self::Installed,
        Self::Npm,
        Self::PackageManager,
    ];

    /// Why this way need not be tried on such a machine; none if it may lead to a server.
    pub(super) fn obstacle(self, machine: &Machine, installs: bool) -> Option<&'static str> {
        let without = |asset, obstacle| (!machine.has(asset)).then_some(obstacle);
        match self {
            Self::Named => without(Asset::Url, "not set"),
            Self::Docker => without(Asset::Docker, "no Docker engine, or no program `docker`"),
            Self::Installed => without(Asset::Programs, "none"),
            Self::Npm => without(Asset::Npm, "no npm, or no packages for this kind of machine"),
            Self::PackageManager => without(Asset::Apt, "this is not Debian or Ubuntu")
                .or(without(Asset::Root, "only as root"))
                .or((!installs).then_some("only with --install")),
        }
    }

    /// Gets what a server needs by this way. It does not start one.
    pub(super) fn server(self) -> anyhow::Result<TestServer> {
        match self {
            Self::Named => Ok(TestServer::Named),
            Self::Docker => Ok(TestServer::Docker),
            Self::Installed => Ok(TestServer::Installed),
            Self::Npm => {
                PostgresRelease::NEWEST.programs()?;
                Ok(TestServer::Release(PostgresRelease::NEWEST))
            }
            Self::PackageManager => {
                package_manager::install()?;
                Ok(TestServer::Installed)
            }
        }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Named => "EVENTSTORE_TEST_URL",
            Self::Docker => "Docker",
            Self::Installed => "installed programs",
            Self::Npm => "npm",
            Self::PackageManager => "the package manager",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The ways that are tried, in their order.
    fn ways(assets: &[Asset], installs: bool) -> Vec<Way> {
        let machine = Machine::with(assets);
        let mut ways = Way::ORDER.to_vec();
        ways.retain(|way| way.obstacle(&machine, installs).is_none());
        ways
    }

    #[test]
    fn everything_is_tried_in_the_fixed_order() {
        use Asset::{Apt, Docker, Npm, Programs, Root, Url};
        let everything = [Root, Apt, Npm, Programs, Docker, Url];
        let order = [Way::Named, Way::Docker, Way::Installed, Way::Npm, Way::PackageManager];
        assert_eq!(ways(&everything, true), order);
        assert_eq!(ways(&everything, false), order[..4]);
    }

    #[test]
    fn each_way_needs_what_it_uses() {
        assert_eq!(ways(&[], true), []);
        assert_eq!(ways(&[Asset::Url], true), [Way::Named]);
        assert_eq!(ways(&[Asset::Docker], true), [Way::Docker]);
        assert_eq!(ways(&[Asset::Programs], true), [Way::Installed]);
        assert_eq!(ways(&[Asset::Npm], true), [Way::Npm]);
        assert_eq!(ways(&[Asset::Apt, Asset::Root], true), [Way::PackageManager]);
    }

    #[test]
    fn packages_are_installed_by_root_on_request_only() {
        let obstacle = |assets, installs| Way::PackageManager.obstacle(&Machine::with(assets), installs);
        assert_eq!(obstacle(&[], true), Some("this is not Debian or Ubuntu"));
        assert_eq!(obstacle(&[Asset::Apt], true), Some("only as root"));
        assert_eq!(obstacle(&[Asset::Apt, Asset::Root], false), Some("only with --install"));
        assert_eq!(obstacle(&[Asset::Apt, Asset::Root], true), None);
    }
}
