use std::ffi::OsString;

use anyhow::bail;

use crate::postgres_release::PostgresRelease;
use crate::program::Program;
use crate::test_server::TestServer;

/// Unit and integration tests, the benchmarks, each run once, and the examples so that they are built. `--lib` would refuse
/// a selected package that has only a program, and `--tests` includes it.
const TARGETS: [&str; 4] = ["--all-features", "--tests", "--benches", "--examples"];

/// What the settings of `nextest` leave out, for the runner of cargo.
const WITHOUT_PGBOUNCER: [&str; 3] = ["--", "--skip", "pgbouncer::"];

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
    if !has_nextest() {
        bail!("cargo-nextest is missing: cargo install --locked cargo-nextest");
    }
    TestServer::build()?;
    for server in servers {
        let cargo = server.cargo_with_pgbouncer()?.args(PGBOUNCER).args(arguments);
        cargo.run_at_length()?;
    }
    Ok(())
}

/// The servers that were asked for: of each release, or in Docker, or else whichever is found.
pub(crate) fn servers(docker: bool, releases: Vec<PostgresRelease>) -> Vec<TestServer> {
    match (docker, releases.is_empty()) {
        (true, _) => vec![TestServer::Docker],
        (false, true) => vec![TestServer::Found],
        (false, false) => releases.into_iter().map(TestServer::Release).collect(),
    }
}

fn run_on(server: TestServer, arguments: &[OsString]) -> anyhow::Result<()> {
    let cargo = if has_nextest() {
        server.cargo()?.args(["nextest", "run"]).args(TARGETS)
    } else {
        server.cargo()?.args(["test"]).args(TARGETS)
    };
    if !arguments.is_empty() {
        return cargo.args(arguments).run_at_length();
    }
    if has_nextest() {
        cargo
    } else {
        cargo.args(WITHOUT_PGBOUNCER)
    }
    .run_at_length()?;
    server
        .cargo()?
        .args(["test", "--workspace", "--all-features", "--doc"])
        .run_at_length()
}

pub(crate) fn has_nextest() -> bool {
    Program::cargo().args(["nextest", "--version"]).succeeds_quietly()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_are_those_asked_for() {
        let release = PostgresRelease::NEWEST;
        assert_eq!(servers(false, vec![]), [TestServer::Found]);
        assert_eq!(servers(true, vec![]), [TestServer::Docker]);
        assert_eq!(
            servers(false, vec![release, release]),
            [TestServer::Release(release), TestServer::Release(release)]
        );
    }
}
