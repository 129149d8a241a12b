use std::ffi::OsString;

use crate::postgres_release::PostgresRelease;
use crate::program::Program;
use crate::test_server::{self, TestServer};

/// Unit and integration tests, and the examples so that they are built; no benchmarks. `--lib` would refuse a selected
/// package that has only a program, and `--tests` includes it.
const TARGETS: [&str; 3] = ["--all-features", "--tests", "--examples"];

/// Runs the tests with the arguments for their runner, and the examples in the documentation if there are none.
pub(crate) fn run(releases: &[PostgresRelease], arguments: &[OsString]) -> anyhow::Result<()> {
    if releases.is_empty() {
        return run_on(&TestServer::find()?, arguments);
    }
    for release in releases {
        run_on(&TestServer::start(*release)?, arguments)?;
    }
    Ok(())
}

fn run_on(server: &TestServer, arguments: &[OsString]) -> anyhow::Result<()> {
    println!("{}", server.description());
    let tests = if has_nextest() {
        ["nextest", "run"].as_slice()
    } else {
        ["test"].as_slice()
    };
    on(server).args(tests).args(TARGETS).args(arguments).run()?;
    if !arguments.is_empty() {
        return Ok(());
    }
    on(server)
        .args(["test", "--workspace", "--all-features", "--doc"])
        .run()
}

fn on(server: &TestServer) -> Program {
    Program::cargo().env(test_server::VARIABLE, server.url())
}

fn has_nextest() -> bool {
    Program::cargo().args(["nextest", "--version"]).succeeds_quietly()
}
