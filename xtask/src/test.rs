use std::ffi::OsString;

use crate::postgres_release::PostgresRelease;
use crate::program::Program;
use crate::test_server::TestServer;

/// Unit and integration tests, the benchmarks, each run once, and the examples so that they are built. `--lib` would refuse
/// a selected package that has only a program, and `--tests` includes it.
const TARGETS: [&str; 4] = ["--all-features", "--tests", "--benches", "--examples"];

/// Runs the tests with the arguments for their runner, and the examples in the documentation if there are none.
pub(crate) fn run(servers: &[TestServer], arguments: &[OsString]) -> anyhow::Result<()> {
    TestServer::build()?;
    for server in servers {
        run_on(*server, arguments)?;
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
    let tests = if has_nextest() {
        ["nextest", "run"].as_slice()
    } else {
        ["test"].as_slice()
    };
    server.cargo()?.args(tests).args(TARGETS).args(arguments).run()?;
    if !arguments.is_empty() {
        return Ok(());
    }
    server
        .cargo()?
        .args(["test", "--workspace", "--all-features", "--doc"])
        .run()
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
