use std::ffi::OsString;

use clap::Args;

use crate::axe;
use crate::postgres_release::PostgresRelease;
use crate::server_search::ServerSearch;
use crate::test_server::TestServer;
use crate::{nextest, without_server};

/// Unit and integration tests, the benchmarks, each run once, and the examples so that they are built. `--lib` would refuse
/// a selected package that has only a program, and `--tests` includes it.
const TARGETS: [&str; 4] = ["--all-features", "--tests", "--benches", "--examples"];

/// What the settings of `nextest` leave out, for the runner of cargo.
const LEFT_OUT: [&str; 5] = ["--", "--skip", "pgbouncer::", "--skip", "_in_browser::"];

/// What they leave out besides: the tests of another executable, in a browser.
const BROWSER: [&str; 8] = [
    "nextest",
    "run",
    "--profile",
    "browser",
    "--workspace",
    "--all-features",
    "--test",
    "browser",
];

/// What they leave out, and nothing else: the tests of one executable.
const PGBOUNCER: [&str; 7] = [
    "nextest",
    "run",
    "--profile",
    "pgbouncer",
    "--all-features",
    "--test",
    "postgres",
];

/// Which tests to run, and on which servers.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct Tests {
    /// Runs them on a throw-away server in Docker, of the image in `EVENTSTORE_TEST_IMAGE`, and on no other
    #[arg(long, conflicts_with = "postgres")]
    pub(crate) docker: bool,
    /// Runs them on a throw-away server of each of these major releases instead, for example `15,18`
    #[arg(long, value_delimiter = ',', value_name = "RELEASES")]
    pub(crate) postgres: Vec<PostgresRelease>,
    /// Runs only those that go through `PgBouncer`, which is put in front of the server
    #[arg(long)]
    pub(crate) pgbouncer: bool,
    /// Runs only those in a browser, which need chromium and chromedriver, and npm
    #[arg(long, conflicts_with = "pgbouncer")]
    pub(crate) browser: bool,
    /// Installs PostgreSQL if no other server is found: as root, on Debian or Ubuntu
    #[arg(long, conflicts_with_all = ["docker", "postgres"])]
    pub(crate) install: bool,
    /// Arguments for the test runner
    #[arg(last = true)]
    pub(crate) arguments: Vec<OsString>,
}

impl Tests {
    /// Runs the tests on each server that was asked for, else on the first that is found, else those that need none.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let servers = self.servers();
        if !servers.is_empty() {
            return self.run_on(&servers);
        }
        let search = ServerSearch::new(self.install);
        if self.pgbouncer || self.browser {
            return self.run_on(&[search.require()?]);
        }
        match search.find()? {
            Some(server) => self.run_on(&[server]),
            None => without_server::run(&self.arguments, search.remedy()),
        }
    }

    /// The servers that were asked for; none if any will do.
    fn servers(&self) -> Vec<TestServer> {
        if self.docker {
            return vec![TestServer::Docker];
        }
        self.postgres.iter().copied().map(TestServer::Release).collect()
    }

    fn run_on(&self, servers: &[TestServer]) -> anyhow::Result<()> {
        if self.pgbouncer {
            run_through_pgbouncer(servers, &self.arguments)
        } else if self.browser {
            run_in_browser(servers, &self.arguments)
        } else {
            run(servers, &self.arguments)
        }
    }
}

/// Runs the tests with the arguments for their runner, and the examples in the documentation if there are none.
pub(crate) fn run(servers: &[TestServer], arguments: &[OsString]) -> anyhow::Result<()> {
    TestServer::build()?;
    for server in servers {
        run_on(*server, arguments)?;
    }
    Ok(())
}

/// Runs the tests of the backend that go through PgBouncer, with the arguments for their runner.
pub(crate) fn run_through_pgbouncer(servers: &[TestServer], arguments: &[OsString]) -> anyhow::Result<()> {
    nextest::require()?;
    TestServer::build()?;
    for server in servers {
        let cargo = server.cargo_with_pgbouncer()?.args(PGBOUNCER).args(arguments);
        cargo.run_at_length()?;
    }
    Ok(())
}

/// Runs the tests of the pages in a browser, with the arguments for their runner.
pub(crate) fn run_in_browser(servers: &[TestServer], arguments: &[OsString]) -> anyhow::Result<()> {
    nextest::require()?;
    axe::fetch()?;
    TestServer::build()?;
    for server in servers {
        server.cargo()?.args(BROWSER).args(arguments).run_at_length()?;
    }
    Ok(())
}

fn run_on(server: TestServer, arguments: &[OsString]) -> anyhow::Result<()> {
    let cargo = if nextest::is_installed() {
        server.cargo()?.args(["nextest", "run"]).args(TARGETS)
    } else {
        server.cargo()?.args(["test"]).args(TARGETS)
    };
    if !arguments.is_empty() {
        return cargo.args(arguments).run_at_length();
    }
    if nextest::is_installed() {
        // Two for each processor, and two more for tests that mostly wait: see the settings of the profile.
        let threads = 2 * std::thread::available_parallelism()?.get() + 2;
        cargo.args(["--profile", "whole", "--test-threads", &threads.to_string()])
    } else {
        cargo.args(LEFT_OUT)
    }
    .run_at_length()?;
    server
        .cargo()?
        .args(["test", "--workspace", "--all-features", "--doc"])
        .run_at_length()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        tests: Tests,
    }

    fn parse(arguments: &[&str]) -> Result<Tests, clap::Error> {
        Line::try_parse_from([&["test"], arguments].concat()).map(|line| line.tests)
    }

    #[test]
    fn the_servers_are_those_asked_for() {
        let servers = |arguments| parse(arguments).unwrap().servers();
        assert_eq!(servers(&[]), []);
        assert_eq!(servers(&["--install"]), []);
        assert_eq!(servers(&["--docker"]), [TestServer::Docker]);
        let releases = [PostgresRelease::OLDEST, PostgresRelease::NEWEST].map(TestServer::Release);
        assert_eq!(servers(&["--postgres", "13,18"]), releases);
    }

    #[test]
    fn one_kind_of_server_is_asked_for() {
        for arguments in [
            ["--docker", "--postgres=15"],
            ["--docker", "--install"],
            ["--install", "--postgres=15"],
        ] {
            assert!(parse(&arguments).is_err(), "{arguments:?}");
        }
    }

    #[test]
    fn arguments_for_the_runner_follow_two_dashes() {
        let tests = parse(&["--pgbouncer", "--", "--no-capture", "append"]).unwrap();
        assert!(tests.pgbouncer);
        assert_eq!(tests.arguments, ["--no-capture", "append"]);
    }
}
