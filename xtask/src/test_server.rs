use std::env;

use crate::postgres_release::PostgresRelease;
use anyhow::Context;
use eventstore_testkit::server::{Durability, LocalServer};

/// The environment variable in which tests find their server.
pub(crate) const VARIABLE: &str = "EVENTSTORE_TEST_URL";

const REMEDY: &str =
    "no PostgreSQL server to test against: set EVENTSTORE_TEST_URL to the URL of one, or let one be started";

/// The PostgreSQL server that the tests use.
#[derive(Debug)]
pub(crate) enum TestServer {
    Given(String),
    Local(LocalServer),
}

impl TestServer {
    pub(crate) fn find() -> anyhow::Result<Self> {
        match env::var(VARIABLE) {
            Ok(url) if !url.is_empty() => Ok(Self::Given(url)),
            _ => LocalServer::start(Durability::Relaxed).map(Self::Local).context(REMEDY),
        }
    }

    /// A throw-away server of this release.
    pub(crate) fn start(release: PostgresRelease) -> anyhow::Result<Self> {
        let programs = release.programs()?;
        println!("PostgreSQL {} from {}", release.number(), programs.display());
        Ok(Self::Local(LocalServer::start_from(programs, Durability::Relaxed)?))
    }

    pub(crate) fn url(&self) -> &str {
        match self {
            Self::Given(url) => url,
            Self::Local(server) => server.url(),
        }
    }

    /// One line that says which server this is, without the password that its URL may hold.
    pub(crate) fn description(&self) -> String {
        match self {
            Self::Given(url) => format!("testing against {VARIABLE}: {}", without_user(url)),
            Self::Local(server) => format!("testing against a throw-away server: {}", without_user(server.url())),
        }
    }
}

fn without_user(url: &str) -> &str {
    url.rsplit_once('@').map_or(url, |(_, server)| server)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_holds_no_password() {
        let server = TestServer::Given("postgres://me:p@ss@db.example:5432/x".to_owned());
        assert_eq!(
            server.description(),
            "testing against EVENTSTORE_TEST_URL: db.example:5432/x"
        );
    }
}
