use clap::{Args, ValueEnum};

use crate::program::Program;
use crate::server_search::ServerSearch;
use crate::test_server::TestServer;

/// Arguments for tests that print what they have measured, one after another.
const SHOWN: [&str; 4] = ["--", "--test-threads", "1", "--nocapture"];

/// What to try at length, and how much of it.
#[derive(Debug, Args)]
pub(crate) struct Soak {
    area: Area,
    /// How much: of `sqlite`, faults of each kind (300 without this); of `groups`, faults on each backend (1,000 without this), each with 1,000
    /// deliveries; of `pages`, events in the store (1,000,000 without this)
    count: Option<u64>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Area {
    /// The store in one file, whose processes are killed and whose power is cut
    Sqlite,
    /// Processes that share the partitions of a group on SQLite and on PostgreSQL, and are killed, stopped and joined by others
    Groups,
    /// The web pages of a large store on each backend, each of which has to begin within 50 ms
    Pages,
}

impl Soak {
    /// Runs the tests of the area one after another, and shows what each of them has counted.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        match self.area {
            Area::Sqlite => Program::cargo()
                .env("EVENTSTORE_FAULTS_COUNT", &self.count.unwrap_or(300).to_string())
                .args(["test", "--package", "eventstore-sqlite", "--all-features"])
                .args(["--test", "processes"])
                .args(SHOWN)
                .run(),
            Area::Groups => {
                TestServer::build()?;
                for backend in ["eventstore-sqlite", "eventstore-postgres"] {
                    self.run_groups(backend)?;
                }
                Ok(())
            }
            Area::Pages => {
                TestServer::build()?;
                let cargo = ServerSearch::new(false).require()?.cargo()?;
                cargo
                    .env("EVENTSTORE_PAGES_EVENTS", &self.count.unwrap_or(1_000_000).to_string())
                    .args(["test", "--workspace", "--all-features", "--test", "browser"])
                    .args(SHOWN)
                    .args(["speed::"])
                    .run()
            }
        }
    }

    fn run_groups(&self, package: &str) -> anyhow::Result<()> {
        let faults = self.count.unwrap_or(1_000);
        let cargo = ServerSearch::new(false).require()?.cargo()?;
        cargo
            .env("EVENTSTORE_FAULTS_COUNT", &faults.to_string())
            .env("EVENTSTORE_DELIVERIES_COUNT", &(1_000 * faults).to_string())
            .args(["test", "--package", package, "--all-features", "--test", "processes"])
            .args(SHOWN)
            .args(["groups::"])
            .run()
    }
}
